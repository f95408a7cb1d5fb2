"""Figures: each that `make bench` measures is within its bound."""
import json

import bench
import pytest


def test_system_calls_and_the_picture_cost_the_same_every_time_and_no_more_than_their_bounds(image):
    figures = bench.measure_calls(image)
    assert bench.too_much(figures) == {}
    assert bench.measure_calls(image) == figures


def test_forking_a_large_process_costs_at_most_four_times_what_a_small_one_does(image):
    assert bench.too_much(bench.measure_big_calls(image)) == {}
    small, large = bench.measure_forks(image)
    assert large <= 4 * small


def test_fork_exit_and_wait_cost_the_same_whatever_memory_the_machine_has(image):
    more, less = bench.measure_big_calls(image, "5G"), bench.measure_big_calls(image)
    assert all(abs(more[key] - less[key]) <= less[key] / 100 for key in less)


def test_a_page_is_taken_and_given_back_in_no_more_instructions_than_the_bound(image, kernel_elf):
    assert bench.too_much({"kalloc_kfree": bench.measure_kalloc(image, kernel_elf)}) == {}


def test_booting_more_memory_takes_hardly_more_instructions(image):
    assert bench.too_much({"boot_4g_less_boot_256m": bench.measure_boot_memory(image)}) == {}


def test_the_document_has_every_figure_its_bound_and_what_others_take():
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in open(bench.DOCUMENT) if line.startswith("| `")]
    assert [(key.strip("`"), what, at_most, others) for key, what, _, at_most, others in rows] == [
        (key, figure.what, f"{figure.at_most:,}", figure.others) for key, figure in bench.FIGURES.items()]


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
    monkeypatch.setattr(bench, "DOCUMENT", str(tmp_path / "figures.md"))
    assert bench.main() == status
    assert json.loads((tmp_path / "bench.json").read_text()) == figures
    assert [line.split("`")[1] for line in (tmp_path / "figures.md").read_text().splitlines() if line[:3] == "| `"] == [
        *bench.FIGURES]
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(bench.FIGURES)
    assert [line.split()[0] for line in lines if "TOO MUCH" in line] == ["page_alloc"] * excess
