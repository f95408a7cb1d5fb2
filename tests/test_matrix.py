"""Machines that differ: some CPU models, the other chip set, the least memory and a page less, 8 GiB.

`make check-matrix` (try_matrix.py) tries all of them; disks and other sizes of memory are in test_boot.py.
"""
import os
import re
import struct

import bochs
import pytest
import qemu
import try_matrix
from conftest import QEMU, ROOT, built
from memory import KERNEL_OFFSET, PAGESIZE, kernel_of
from snapshot import Snapshot
from try_matrix import STEP, Build, check_program, kib, message_of



@pytest.fixture
def build():
    return Build(os.path.dirname(built("kinglet.img")))


@pytest.mark.parametrize("model", ["qemu64", "Nehalem", "max,-smep,-smap,-umip"])
def test_processes_are_confined_on_old_and_new_processors(model, build):
    for name in ("test-exceptions", "test-floatingpoint", "test-descriptors", "test-vm86"):
        check_program(build, name, extra=("-cpu", model))


@pytest.mark.parametrize("model, line", [
    ("qemu32", try_matrix.NO_LONG_MODE), ("n270", try_matrix.NO_LONG_MODE),
    ("qemu64,-nx", try_matrix.NO_EXECUTE_DISABLE),
])
def test_a_processor_without_what_the_kernel_needs_is_told(model, line, build):
    assert line == message_of(build, extra=("-cpu", model))


def test_it_runs_on_q35_with_all_its_devices(build):
    check_program(build, "test-cow", extra=("-machine", "q35,acpi=on,hpet=on,smm=on", "-smp", "4"))


def test_it_runs_in_the_least_memory_and_says_what_is_missing_in_less(build):
    """QEMU gives memory in steps of two pages, and its firmware keeps a part of that."""
    def told(size):
        line = message_of(build, memory=kib(size))
        numbers = re.fullmatch("Kinglet: too little memory: the kernel ends at (0x.*), memory at (0x.*)", line)
        return int(numbers[1], 16), int(numbers[2], 16)
    end, memory = told(2 << 20)
    least = -(-(end + (2 << 20) - memory) // STEP) * STEP
    check_program(build, "cow", memory=kib(least))
    end, memory = told(least - STEP)
    assert end - STEP <= memory < end <= kernel_of(built("kernel.elf"))["_programs_end"]


@pytest.fixture
def needy(tmp_path, build):
    """needy(end): a disk image whose kernel needs memory up to `end`."""
    def make(end):
        with open(build.image(""), "rb") as file:
            data = bytearray(file.read())
        last = KERNEL_OFFSET + struct.unpack_from("<Q", data, KERNEL_OFFSET + 32)[0] + 56 * 3
        start = struct.unpack_from("<Q", data, last + 24)[0]        # p_pa; p_memsz follows p_filesz
        struct.pack_into("<Q", data, last + 40, end - start)
        (tmp_path / "needy.img").write_bytes(data)
        return str(tmp_path / "needy.img")
    return make


def test_the_limit_is_exact_to_the_byte(needy):
    """A kernel that needs memory up to its last byte starts; one that needs a byte or a page more does not."""
    def boot(end):
        with qemu.Machine(needy(end), words="hello view=off", memory="4M", qemu=QEMU) as machine:
            outcome = machine.run(20)
        text = "".join(outcome.screen.row(row).ljust(80) for row in range(25))
        line = "Kinglet: too little memory: the kernel ends at (0x.*), memory at (0x.*?) "
        return outcome.status, re.findall(line, text)
    end = int(boot(16 << 20)[1][0][1], 16)
    assert (4 << 20) - (256 << 10) <= end <= 4 << 20
    assert boot(end) == (qemu.EXIT_CLEAN, [])
    for more in (1, PAGESIZE):
        assert boot(end + more) == (None, [(f"{end + more:#x}", f"{end:#x}")])


def test_with_8_gib_all_of_it_is_for_processes(build):
    check_program(build, "test-tables", memory="8G")
    memory = try_matrix.run(build, "fork view=off stop=2 machine=big", memory="8G")[1]
    assert 8 * 1000 < memory.variable("total_pages") * PAGESIZE >> 20 <= 8 * 1024


def test_a_machine_a_little_too_small_to_be_big_says_so(build):
    """The least is where the array of all pages, and the kernel's own tables, still leave memory above 2 MiB."""
    size = 4 << 20
    logs = [try_matrix.run(build, "hello view=off machine=big", memory=kib(each))[2] for each in (size, 2 * size)]
    assert ["warning too little memory for a big machine" in log for log in logs] == [True, False]


### What `make check-matrix` relies on

def test_the_programs_of_the_matrix_make_every_system_call():
    calls = set(re.findall(r"^\w[\w *]*?\b(sys_\w+)\(", (ROOT / "user" / "u-lib.hh").read_text(), re.MULTILINE))
    folders = [ROOT / "user", ROOT / "tests" / "programs"]
    sources = [path.read_text() for folder in folders for name in try_matrix.PROGRAMS
               for path in folder.glob(f"p-{name}.cc")]
    sources += [path.read_text() for folder in folders for name in ("u-lib.cc", "u-test.hh", "u-attempt.hh")
                for path in folder.glob(name)]
    assert len(sources) == len(try_matrix.PROGRAMS) + 3
    assert len(calls) > 10
    assert {call for call in calls if not any(f"{call}(" in source for source in sources)} == set()


def test_a_cell_that_fails_says_why(build, monkeypatch):
    monkeypatch.setitem(try_matrix.EXPECTED, "hello", (qemu.EXIT_FAULT, 1, 0, 0))
    name, is_well, sentence = try_matrix.try_cell(("a cell", lambda: check_program(build, "hello")))
    assert (name, is_well) == ("a cell", False) and sentence.startswith("hello: ")
    text = try_matrix.table([("a", True, "ok"), ("b", True, "ok"), ("c", False, "x|y")])
    assert text.endswith("| a; b | ok |\n| c | **failed**: x/y |\n")


def test_a_part_that_was_not_tried_now_stays_in_the_document(tmp_path, monkeypatch):
    monkeypatch.setattr(try_matrix, "DOCUMENT", tmp_path / "matrix.md")
    monkeypatch.setattr(try_matrix, "ROOT", tmp_path)
    try_matrix.write_document({"kvm": [("KVM", True, "ok")], "cpus": [("qemu64", True, "ok")]})
    try_matrix.write_document({"kvm": [("KVM", True, "not here")]})
    text = (tmp_path / "matrix.md").read_text()
    assert "| qemu64 | ok |" in text and "| KVM | not here |" in text and "| KVM | ok |" not in text
    assert text.index("## CPU models") < text.index("## KVM") and "QEMU emulator version" in text


def test_a_part_of_the_matrix_that_there_is_not_is_told_in_one_line(capsys):
    assert try_matrix.main(["printers"]) == 1
    assert capsys.readouterr().err == ("Kinglet: PARTS: there is no part printers; there are: cpus machines memory "
                                       "compilers kvm bochs\n")


### Bochs, where it is installed: all of it is in try_bochs.py

def test_bochs_runs_it_too_and_checks_alignment(build):
    problem = bochs.bochs_problem()
    if problem:
        pytest.skip(problem)
    kernel, snapshots = build.kernel("test-"), []
    with bochs.Bochs(build.image("test-"), bochs.symbols_of(kernel.elf), "test-exceptions view=off") as machine:
        outcome = machine.run(at_end=lambda ending: snapshots.append(Snapshot(ending, kernel)))
        log = machine.log()
    assert outcome.status == qemu.EXIT_FAULT and snapshots[0].problems() == []
    assert "log pid=1: ok\n" in log and "alignment not checked" not in log
    assert "Process 2 alignment check (error 0x0" in log
