"""Waiting for memory and for pages: late.img, in which both come late (tests/late_memory.cc)."""
import functools

import pytest
import qemu
from conftest import QEMU, built
from memory import P_BLOCKED, kernel_of
from snapshot import run_to_end
from test_nomemory import SETTINGS, refusals, run

SYSCALL_PAGE_ALLOC, PAGE, THE_PAGE = 4, 4, 61       # abi.hh, wait_kind::page, p-test-late.cc


@functools.cache
def run_late(stop):
    line = f"test-late view=off audit=on stop={stop}"
    with qemu.Machine(built("late.img"), words=line, qemu=QEMU) as started:
        outcome, memory = run_to_end(started, kernel_of(built("late.elf")))
        return outcome, memory, started.log().splitlines()


def complaints(log):
    return [line for line in log
            if line.split()[0] in ("warning", "audit:", "kernel", "fault") or ": not ok" in line]


def test_who_waits_goes_on_where_it_was_and_first_if_it_waited_for_memory():
    outcome, memory, log = run_late(1000)
    assert complaints(log) == [] and outcome.status == qemu.EXIT_CLEAN
    assert "log pid=1: ok" in log
    assert memory.problems() == []


def test_a_fault_and_a_call_that_wait_for_the_same_page_are_both_at_their_instruction():
    """While p-test-late sleeps, before it lets them go on."""
    _, memory, _ = run_late(30)
    _parent, faults, calls = memory.processes().values()
    for process in faults, calls:
        wait = memory.structure("proc", memory.process_address(process.pid))["wait"]
        assert (process.state, wait & 0xFF, wait >> 64) == (P_BLOCKED, PAGE, THE_PAGE)
    rip = calls.registers["rip"]
    text = memory.own_mappings(calls)[rip & ~0xFFF].pa + rip % 0x1000
    assert (calls.registers["rax"], memory.read(text, 2)) == (SYSCALL_PAGE_ALLOC, b"\x0F\x05")
    rip = faults.registers["rip"]
    text = memory.own_mappings(faults)[rip & ~0xFFF].pa + rip % 0x1000
    assert memory.read(text, 2) != b"\x0F\x05" and faults.registers["intno"] == 14
    assert memory.problems() == []


@pytest.mark.parametrize("words, memory", SETTINGS)
def test_whichever_page_is_refused_all_succeeds_once_memory_is_freed(words, memory):
    """The kernel of late.img frees some at the third try."""
    outcome, log = run(words, memory, "late.img")
    assert complaints(log) == [] and outcome.status == qemu.EXIT_CLEAN, log[-3:]
    assert "log pid=1: ok" in log
    late, failing = refusals(log), refusals(run(words, memory)[1])
    assert abs(late.pop("fork") - failing.pop("fork")) < 3         # a tick decides who copies the pages of their stacks
    assert late == failing
