"""Programs that are files on the disk: they come to memory page by page, and run as those in the kernel's image do."""
import struct
import subprocess

import pytest
import qemu
from conftest import ROOT, built, clean_environment
from test_files import disk, run, troubles


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """made(name): the program as `make program` makes it for a disk, as bytes."""
    folder = tmp_path_factory.mktemp("programs")

    def make(name):
        path = folder / f"test-{name}"
        if not path.exists():
            source = f"tests/programs/p-test-{name}.cc"
            subprocess.run(["make", "-s", "program", f"FILE={source}", f"OUT={folder}"], cwd=ROOT, check=True,
                           env=clean_environment(), capture_output=True)
        return path.read_bytes()
    built("kinglet-test.img")
    return make


def field(offset, form, value):
    """A change of an ELF file's bytes."""
    def change(elf):
        changed = bytearray(elf)
        struct.pack_into(form, changed, offset, value)
        return bytes(changed)
    return change


HEADER, SEGMENT = 64, 56                # the first segment's header begins there; bytes of one
BAD = {
    "not an ELF file": lambda elf: b"a text\n",
    "not a 64-bit ELF file": field(4, "<B", 1),
    "not an executable": field(16, "<H", 3),
    "not for x86-64": field(18, "<H", 3),
    "no program headers": field(56, "<H", 0),
    "program headers out of bounds": field(32, "<Q", 5000),
    "segment outside the file": lambda elf: elf[:0x1800],
    "segment larger in the file than in memory": field(HEADER + 40, "<Q", 1),
    "segment not page-aligned": field(HEADER + 16, "<Q", 0x100001),
    "segment outside a process's memory": field(HEADER + 16, "<Q", 0x1000),
    "segment writable and executable": field(HEADER + 4, "<I", 7),
    "segments overlap": field(HEADER + SEGMENT + 16, "<Q", 0x100000),
    "entry point not in an executable segment": field(24, "<Q", 0x8000),
    "segment not page-aligned in the file": field(HEADER + 8, "<Q", 0x1010),
}


@pytest.mark.parametrize("memory", ["16M", "64M"])
def test_a_program_on_the_disk_comes_page_by_page_and_what_is_wrong_with_one_is_told(tmp_path, made, memory):
    bad = {f"bad {n}": change(made("cow")) for n, change in enumerate(BAD.values())}
    path = disk(tmp_path, {"demand": made("demand"), "bench-empty": b"no program", **bad})
    outcome, log = run("demand", path, memory=memory, words="machine=big" if memory != "16M" else "")
    assert troubles(log) == [] and "log pid=1: ok" in log and outcome.status == qemu.EXIT_CLEAN
    assert f"log pid=1: {len(BAD)} programs refused" in log
    for n, sentence in enumerate(BAD):
        assert log.count(f"refused program=bad {n}: {sentence}") == 2, sentence


@pytest.mark.parametrize("name, faults", [("cow", 1), ("fork", 0), ("sbrk", 2), ("forkmany", 0), ("library", 0)])
def test_what_a_program_proves_it_proves_from_the_disk_too(tmp_path, made, name, faults):
    outcome, log = run("mine", disk(tmp_path, {"mine": made(name)}))
    assert troubles(log) == [] and "log pid=1: ok" in log
    assert sum(line.startswith("fault ") for line in log) == faults
    assert outcome.status == (qemu.EXIT_FAULT if faults else qemu.EXIT_CLEAN)


@pytest.mark.parametrize("room", ["cow", "promises", "shared_tables", "zero_page", "owed"])
def test_so_it_does_in_a_kernel_without_one_room(tmp_path, made, room):
    outcome, log = run("mine", disk(tmp_path, {"mine": made("fork")}), image=f"without-{room}.img")
    assert troubles(log) == [] and "log pid=1: ok" in log and outcome.status == qemu.EXIT_CLEAN


def test_a_first_program_that_cannot_be_loaded_is_told(tmp_path):
    outcome, log = run("mine", disk(tmp_path, {"mine": b"#!/bin/sh\n"}))
    assert 'warning cannot start "mine" as process 1: not an ELF file' in log
    assert outcome.status == qemu.EXIT_NO_PROGRAM


def test_a_program_that_the_disk_cannot_read_is_told(tmp_path, made):
    path = disk(tmp_path, {"mine": made("fork")})
    errors = tmp_path / "errors"
    errors.write_text('[inject-error]\nevent = "read_aio"\nsector = "1"\nerrno = "5"\n')
    outcome, log = run("mine", f"blkdebug:{errors}:{path}")
    assert 'warning cannot start "mine" as process 1: the disk cannot read it' in log or \
        "warning no files: the disk with them cannot be read" in log
    assert outcome.status == qemu.EXIT_NO_PROGRAM
