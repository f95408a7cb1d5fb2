"""Looking changes nothing: a run that is watched is the run that is not, down to ages of pages."""
import functools
import os
import subprocess

import pytest
from conftest import ROOT
from memory import KERNEL_LIMIT_ADDR, KERNEL_START_ADDR, PAGESIZE, PROC_START_ADDR, PTE_A, PTE_U, kernel_of
from snapshot import run_to_end

HALF_SECOND = 50                        # ticks


@pytest.fixture
def kernel(test_kernel_elf):
    return kernel_of(test_kernel_elf)


@functools.cache
def variables(elf):
    """(address, size, name, source file or None) of each of the kernel's variables. The file is
    known of those that no other file can name."""
    tool = os.environ.get("TOOLPREFIX", "") + "readelf"
    answer = subprocess.run([tool, "-sW", elf], check=True, capture_output=True, text=True)
    file, found = None, []
    for fields in (line.split() for line in answer.stdout.splitlines()):
        if len(fields) < 8 or fields[3] not in ("FILE", "OBJECT"):
            continue
        if fields[3] == "FILE":
            file = fields[7]
        elif int(fields[2], 0):
            place = int(fields[1], 16), int(fields[2], 0), fields[7]
            found.append((*place, file if fields[4] == "LOCAL" else None))
    return found


def not_compared(elf, kernel):
    """Parts of memory that are the picture's own, or nobody's: what files in kernel/view/ keep for
    themselves, the words that say whether somebody looks, the screen, and the kernel's stack, of
    which nothing lives on."""
    view = {path.name for path in (ROOT / "kernel/view").glob("*.cc")}
    others = {path.name for path in (ROOT / "kernel").glob("*/*.cc")
              if path.parent.name != "view"}
    assert not view & others
    for address, size, name, file in variables(elf):
        if file in view or (file == "kernel.cc" and "words" in name):
            yield address, address + size
    yield kernel["kernel_stack_guard"], kernel["kernel_stack_top"]
    yield KERNEL_LIMIT_ADDR, PROC_START_ADDR


def run_watched(machine, kernel, words, view):
    """(log, memory from the kernel on) of a run of which the kernel learns after its start whether
    somebody looks: the boot words, and all else that comes of them, are the same."""
    started = machine(f"{words} view=off", gdb="private", paused=True)
    stub = started.gdb()
    stub.set_breakpoint(kernel["kernel_start"])
    assert stub.cont().startswith("T05")
    stub.clear_breakpoint(kernel["kernel_start"])
    asked = int.from_bytes(stub.read(kernel["asked"], 8), "little")
    if view:
        stub.write(asked + kernel.offset("boot_words", "view"), b"\1")
    stub.detach()
    memory = run_to_end(started, kernel)[1]
    return started.log(), bytearray(memory.bytes[KERNEL_START_ADDR:])


# Programs that wait for ticks, or are made to. How far others come by a tick depends on its cost.
RUNS = ["allocators pace=1 stop=170", "fork pace=1 stop=303 keys=20:2,60:k,70:0,90:v,130:v",
        "exit pace=2 stop=400", "cow pace=0 stop=500", "lazy pace=0 stop=707",
        "workingset pace=0 stop=1230", "test-happened pace=1 stop=400",
        "allocators pace=1 stop=170 audit=on"]


@pytest.mark.parametrize("words", RUNS)
def test_a_run_is_the_same_whether_somebody_watches_or_not(words, machine, kernel,
                                                           test_kernel_elf):
    log, memory = run_watched(machine, kernel, words, False)
    watched_log, watched_memory = run_watched(machine, kernel, words, True)
    assert log == watched_log and log.count("\n") > 5
    for start, end in not_compared(test_kernel_elf, kernel):
        for each in (memory, watched_memory):
            each[start - KERNEL_START_ADDR:end - KERNEL_START_ADDR] = bytes(end - start)
    different = [hex(KERNEL_START_ADDR + at) for at in range(0, len(memory), 8)
                 if memory[at:at + 8] != watched_memory[at:at + 8]]
    assert not different, different[:20]


def ages(memory, pid):
    """How many half seconds ago each page that a process may use was touched, by address; None:
    never."""
    now = memory.variable("half_second", 2)
    found = {}
    for mapping in memory.walk(memory.processes()[pid].pagetable):
        if not mapping.user or mapping.pa == memory.zero_page:
            continue
        touched = memory.page_fields(mapping.pa // PAGESIZE)["touched"]
        age = now - touched + 1 if touched else None
        found[mapping.va] = 0 if mapping.entry & PTE_A else age
    return found


@pytest.mark.parametrize("more", ["view=off", "view=on", "view=off machine=big"])
def test_a_page_is_as_old_as_its_last_touch(more, machine, kernel):
    """p-workingset touches all of its 16 pages before tick 50; and later 8 of them each second, for
    the last time at about tick 1,100. Nothing is touched while it sleeps."""
    memory = run_to_end(machine(f"workingset pace=0 stop=1230 {more}", memory="64M"), kernel)[1]
    found = ages(memory, 1)
    heap = [found[0x180000 + n * PAGESIZE] for n in range(16)]
    assert all(heap[n] == heap[0] <= 2 for n in (0, 1, 2, 3, 8, 9, 10, 11))
    assert all(heap[n] == heap[4] > 20 for n in (4, 5, 6, 7, 12, 13, 14, 15))
    assert memory.variable("half_second", 2) == 1 + 1230 // HALF_SECOND


def test_nobody_but_the_harvest_takes_accessed_bits_away(machine, kernel):
    """Until a harvest, every page touched since the last one has its bit, though it was drawn."""
    counts = []
    for tick in (49, 99):
        memory = run_to_end(machine(f"workingset pace=0 stop={tick} view=on"), kernel)[1]
        heap = [each for each in memory.walk(memory.processes()[1].pagetable)
                if each.entry & PTE_U and 0x180000 <= each.va < 0x190000]
        counts.append(sum(bool(each.entry & PTE_A) for each in heap))
    assert counts == [16, 0]
