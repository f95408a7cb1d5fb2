"""Figures: each that `make bench` measures is within its bound."""
import json

import bench
import measure
import pytest
import qemu
from conftest import EVERYTHING


@pytest.fixture
def within(kernel_elf):
    """within(figures): they are those of FIGURES that have these names, and within their bounds."""
    def check(figures):
        assert figures.keys() <= bench.FIGURES.keys()
        assert bench.too_much(figures, bench.slack_for(kernel_elf)) == {}
    return check


@pytest.fixture(scope="module")
def calls(test_image, test_kernel_elf):
    return measure.measure_calls(test_image, test_kernel_elf)


def test_system_calls_cost_the_same_every_time_and_no_more_than_their_bounds(calls, test_image, test_kernel_elf,
                                                                             within):
    within(calls)
    assert measure.measure_calls(test_image, test_kernel_elf) == calls


def test_calls_about_files_and_mappings_cost_no_more_than_their_bounds(test_image, within):
    within(measure.measure_files(test_image))


def test_a_write_to_a_protected_page_costs_no_more_than_its_bounds(test_image, within):
    within(measure.measure_traps(test_image))


def test_a_drawing_costs_no_more_than_its_bound_and_less_when_little_changed(test_image, within):
    figures = measure.measure_drawings(test_image)
    within(figures)
    assert 1.5 * figures["screen_refresh"] < figures["screen_refresh_full"]


def test_fork_and_exit_cost_little_more_for_more_memory_and_the_same_whatever_the_machine_has(test_image, within):
    figures = measure.measure_big_calls(test_image)
    within(figures)
    if EVERYTHING:
        small, large = measure.measure_forks(test_image)
        assert large <= 4 * small
    fewer = measure.measure_big_calls(test_image, "256M", [name for name in figures if not name.endswith("_262144")])
    assert all(abs(fewer[key] - figures[key]) <= figures[key] / 100 for key in fewer)


def test_no_tick_waits_long_whatever_a_process_asks_of_much_memory(test_image, within):
    within(measure.measure_longest(test_image, "3G" if EVERYTHING else "256M"))


def test_a_page_is_taken_and_given_back_in_no_more_instructions_than_the_bound(image, kernel_elf, within):
    within({"kalloc_kfree": measure.measure_kalloc(image, kernel_elf)})


def test_booting_more_memory_takes_hardly_more_instructions(image, kernel_elf, within):
    within({"boot_4g_less_boot_256m": measure.measure_boot_memory(image, kernel_elf)})


@pytest.mark.parametrize("key, disk", [("boot", "virtio"), ("boot_ide", "ide")])
def test_booting_takes_no_more_instructions_than_its_bound(image, kernel_elf, within, key, disk):
    within({key: measure.measure_boot(image, kernel_elf, disk, enough=bench.FIGURES[key].at_most)})


def test_image_kernel_and_sources_are_no_larger_than_their_bounds(image, kernel_elf, within):
    within({**measure.measure_sizes(image, kernel_elf), **measure.count_lines()})


def test_the_first_process_runs_soon_after_a_bare_boot_sector_would(image, within):
    at_most = 4 * bench.FIGURES["wall_ms_over_boot_sector"].at_most     # other tests take their part of the machine
    assert measure.measure_wall_time(image, at_most) <= at_most


def test_these_tests_hold_every_figure():
    held = {*measure.CALLS, *measure.FILES, "process_memory", *measure.TRAPS, *measure.DRAWINGS, *measure.BIG_CALLS, "kalloc_kfree", "longest_handler",
            "boot_4g_less_boot_256m", "boot", "boot_ide", "wall_ms_over_boot_sector", "kernel_bytes", "image_bytes",
            "kernel_memory", "page_memory", *measure.count_lines()}
    assert held == set(bench.FIGURES)


def test_the_parts_of_booting_are_all_of_it(image, kernel_elf):
    parts = measure.measure_boot_parts(image, kernel_elf)
    log = measure.run(image, "fork view=off stop=1")
    assert list(parts) == ["BIOS", "loader", "kernel", "programs"] and min(parts.values()) > 1000
    whole = measure.logged(log, "boot cycles")
    assert abs(sum(parts.values()) - parts["BIOS"] - whole) < whole / 50    # the disk is not always as fast


def rows(document, heading):
    """The cells of a table's rows below its heading."""
    lines = document.split(f"\n{heading}\n|---")[1].splitlines()[1:]
    end = next((n for n, line in enumerate(lines) if not line.startswith("|")), len(lines))
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[:end]]


def test_the_document_has_every_figure_its_bound_what_others_take_and_how_it_is_found():
    with open(bench.DOCUMENT, encoding="ascii") as file:
        document = file.read()
    found = rows(document, "| key | what | found | at most | best of the others |")
    assert [(key.strip("`"), what, at_most, others) for key, what, _, at_most, others in found] == [
        (key, figure.what, f"{figure.at_most:,}", figure.others) for key, figure in bench.FIGURES.items()]
    assert rows(document, "| keys | from what to what |") == [list(each) for each in bench.explanations()]
    assert ", ".join(keys for keys, _ in bench.explanations()).count(", ") == len(bench.FIGURES) - 1
    assert len(rows(document, "| part | ends with | instructions | ms |")) == len(bench.PART_ENDS)


# `make bench` itself

@pytest.fixture
def bench_here(monkeypatch, tmp_path):
    """bench_here(figures): bench's main with these, all else made up, and its outputs in the test's own folder."""
    def main(figures, *words):
        (tmp_path / "kernel.elf").write_bytes(b"GNU C++20 12.2.0 -O2\0")
        monkeypatch.setenv("OBJ", str(tmp_path))
        monkeypatch.setattr(bench, "measure_all", lambda obj: figures)
        monkeypatch.setattr(bench, "measure_parts", lambda obj: [(1000, 1.5)] * len(bench.PART_ENDS))
        monkeypatch.setattr(bench, "DOCUMENT", str(tmp_path / "document.md"))
        return bench.main(words)
    return main


@pytest.mark.parametrize("excess, status", [(0, 0), (1, 1)])
def test_bench_writes_its_figures_and_fails_above_a_bound(bench_here, monkeypatch, tmp_path, capsys, excess, status):
    monkeypatch.delenv("KVM", raising=False)
    figures = {key: figure.at_most for key, figure in bench.FIGURES.items()}
    figures["page_alloc"] += excess
    assert bench_here(figures) == status
    assert json.loads((tmp_path / "bench.json").read_text()) == figures
    document = (tmp_path / "figures.md").read_text()
    assert [row[0].strip("`") for row in rows(document, "| key | what | found | at most | best of the others |")] == [
        *bench.FIGURES]
    assert "Nanoseconds" not in document
    assert not (tmp_path / "document.md").exists()
    assert bench_here(figures, "figures") == status
    assert (tmp_path / "document.md").read_text() == document
    lines = capsys.readouterr().out.splitlines()[:len(bench.FIGURES) + 1]
    assert [line.split()[0] for line in lines[1:]] == list(bench.FIGURES)
    assert [line.split()[0] for line in lines if "TOO MUCH" in line] == ["page_alloc"] * excess


def test_bench_with_kvm_has_nanoseconds_beside_the_instructions(bench_here, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("KVM", "1")
    monkeypatch.setattr(qemu, "kvm_problem", lambda *_: None)
    monkeypatch.setattr(measure, "measure_times", lambda image, kvm: {"null_call": (1234.5, 1200, 1300)})
    assert bench_here({key: figure.at_most for key, figure in bench.FIGURES.items()}) == 0
    assert rows((tmp_path / "figures.md").read_text(), "| key | median | quartiles |") == [
        ["null_call", "1,234", "1,200 to 1,300"]]
    assert " 1,234  1,200-1,300 " in next(line for line in capsys.readouterr().out.splitlines() if "null_call" in line)


def test_bench_says_in_one_line_why_kvm_is_of_no_use_and_counts_all_the_same(bench_here, monkeypatch, capsys):
    monkeypatch.setenv("KVM", "1")
    monkeypatch.setattr(qemu, "kvm_problem", lambda *_: "there is no /dev/kvm")
    assert bench_here({key: figure.at_most for key, figure in bench.FIGURES.items()}) == 0
    said = capsys.readouterr()
    assert said.err == ("Kinglet: no nanoseconds: KVM cannot be used here: there is no /dev/kvm; instructions are "
                        "counted all the same\n")
    assert "null_call" in said.out


def test_where_the_counter_counts_time_it_becomes_nanoseconds(calls, test_image):
    """Instruction counting, with two nanoseconds each, stands in for KVM: what is found must be twice the count."""
    times = measure.measure_times(test_image, [measure.measure_traps], 2, icount=1)
    assert times.keys() == {*measure.CALLS, *measure.TRAPS}
    for key in measure.CALLS:
        count, (middle, first, third) = calls[key], times[key]
        assert first <= middle <= third and abs(middle - 2 * count) <= 2 * count / 50, key


@pytest.mark.parametrize("made_by, slack", [
    (b"GNU C++20 12.2.0 -g -O2 -std=c++20", 1), (b"GNU C++20 11.3.0 -O2", bench.OTHER_COMPILERS),
    (b"Debian clang version 14.0.6", bench.OTHER_COMPILERS), (b"GNU C++20 12.2.0 -g -O0", float("inf")),
    (b"GNU C++20 12.2.0 -O2\0__asan_load8", float("inf"))])
def test_other_compilers_may_take_more(tmp_path, made_by, slack):
    (tmp_path / "kernel.elf").write_bytes(b"\x7fELF\0" + made_by + b"\0")
    assert bench.slack_for(tmp_path / "kernel.elf") == slack
    assert bool(bench.too_much({"null_call": 1.2 * bench.FIGURES["null_call"].at_most}, slack)) == (slack == 1)
