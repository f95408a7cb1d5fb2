"""Figures: each that `make bench` measures is within its bound."""
import json

import bench
import pytest


def test_system_calls_and_the_picture_cost_the_same_every_time_and_no_more_than_their_bounds(image):
    figures = bench.measure_calls(image)
    assert bench.too_much(figures) == {}
    assert bench.measure_calls(image) == figures


@pytest.mark.parametrize("key, disk", [("boot", "virtio"), ("boot_ide", "ide")])
def test_booting_takes_no_more_instructions_than_its_bound(image, key, disk):
    assert bench.too_much({key: bench.measure_boot(image, disk)}) == {}


def test_the_kernel_is_no_larger_than_its_bound(kernel_elf):
    assert bench.too_much({"kernel_bytes": bench.measure_size(kernel_elf)}) == {}


def test_the_first_process_runs_soon_after_a_bare_boot_sector_would(image):
    assert bench.too_much({"wall_ms_over_boot_sector": bench.measure_wall_time(image)}) == {}


@pytest.mark.parametrize("excess, status", [(0, 0), (1, 1)])
def test_bench_writes_its_figures_and_fails_above_a_bound(monkeypatch, tmp_path, capsys, excess, status):
    figures = {key: figure.at_most for key, figure in bench.FIGURES.items()}
    figures["page_alloc"] += excess
    monkeypatch.setenv("OBJ", str(tmp_path))
    monkeypatch.setattr(bench, "measure", lambda obj: figures)
    assert bench.main() == status
    assert json.loads((tmp_path / "bench.json").read_text()) == figures
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(bench.FIGURES)
    assert [line.split()[0] for line in lines if "TOO MUCH" in line] == ["page_alloc"] * excess
