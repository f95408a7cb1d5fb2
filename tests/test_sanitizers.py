"""The kernel with sanitizers finds a bug of each kind, says in which function it is, and runs programs without a word.

planted.img is the test image, built as with SAN=1, whose kernel commits a bug of tests/mutants/planted.cc if the
first boot word names it.
"""
import re

import pytest
import qemu
from conftest import QEMU, ROOT, built

# Where the function that has the bug is not called as the bug is
FUNCTIONS = {"null_result": "null_pointer_of", "missing_result": "missing_result_of",
             "overflow_of_local_by_strcpy": "strcpy"}
SOURCE = ROOT / "tests" / "mutants" / "planted.cc"
# What is said of each bug, a regular expression: it stands above the function that has the bug.
BUGS = dict((name, said) for said, name in
            re.findall(r"^// says: (.*)\nvoid (\w+)\(\)", SOURCE.read_text("utf-8"), re.MULTILINE))


def run(words, memory="16M", view=" view=off"):
    line = words + view + ("" if "stop=" in words else " stop=6000")
    with qemu.Machine(built("san/planted.img"), words=line, memory=memory, icount=3, qemu=QEMU) as machine:
        return machine.run(100), machine.log().splitlines()


def backtrace(log):
    return [line.rpartition("::")[2].rpartition(" ")[2] for line in log if line.startswith("kernel backtrace: ")]


@pytest.mark.parametrize("name", BUGS)
def test_a_bug_stops_the_kernel_and_its_kind_and_function_are_told(name):
    outcome, log = run(name)
    assert outcome.status == qemu.EXIT_PANIC, log[-3:]
    said = next(line for line in log if line.startswith("kernel panic: "))
    function = FUNCTIONS.get(name, name)
    place = "" if re.search("bytes at", said) else r", at tests/mutants/planted.cc:\d+:\d+"
    expected = rf"kernel panic: sanitizer: {BUGS[name]}( at 0x\w+)?{place}, in (\(anonymous namespace\)::)?{function}"
    assert re.fullmatch(expected, said), said
    trace = backtrace(log)
    assert trace[0] == "panic" and trace[-1] == "kernel_entry"
    assert trace.index("report") < trace.index(function) <= trace.index(name) < trace.index("__wrap_kernel_start")


STACK_OVERFLOWS = {"endless_recursion": "endless_recursion_from", "frame_over_the_guard": "frame_over_the_guard"}


@pytest.mark.parametrize("name", STACK_OVERFLOWS)
def test_a_stack_that_overflows_is_still_told_on_the_emergency_stack(name):
    _outcome, log = run(name)
    assert any(line.startswith("kernel panic: kernel stack overflow (rsp=0x") for line in log), log[-3:]
    assert backtrace(log)[0] == STACK_OVERFLOWS[name]


def test_every_planted_bug_says_what_is_to_be_said_of_it():
    planted = set(re.findall(r"\bBUG\((\w+)\)", SOURCE.read_text("utf-8"))) - {"name"}
    assert planted == set(BUGS) | set(STACK_OVERFLOWS)


PROGRAMS = [("test-main audit=on", "16M"), ("test-fork audit=on", "16M"), ("test-cow audit=on", "16M"),
            ("test-sbrk heap=eager audit=on", "16M"), ("test-buffers audit=on", "16M"), ("test-kill", "16M"),
            ("test-tables machine=big", "64M")]


@pytest.mark.parametrize("words, memory", PROGRAMS)
def test_a_program_runs_and_nothing_is_found(words, memory):
    outcome, log = run(words, memory)
    assert outcome.status in (qemu.EXIT_CLEAN, qemu.EXIT_FAULT) and "log pid=1: ok" in log, log[-3:]
    assert [line for line in log if line.split()[0] in ("warning", "audit:", "kernel")] == []


def test_a_stack_that_is_begun_anew_has_no_marks_of_before():
    outcome, log = run("leave_frame")
    assert outcome.status == qemu.EXIT_CLEAN and "log pid=1: ok" in log, log[-3:]


def test_drawing_and_keys_find_nothing():
    outcome, log = run("allocators stop=60 keys=5:space,10:f,20:e,30:a,40:k", view="")
    assert outcome.status == qemu.EXIT_CLEAN, log[-3:]
    assert [line for line in log if line.split()[0] in ("warning", "audit:", "kernel")] == []


def test_a_machine_whose_ticks_lag_is_not_called_wedged():
    """Checking the memory of 35 processes takes this kernel longer than it has between two ticks."""
    with qemu.Machine(built("san/planted.img"), words="forkbomb audit=on stop=1500", qemu=QEMU) as machine:
        outcome = machine.run(15)
    assert outcome.kind == "exit" and outcome.status == qemu.EXIT_CLEAN, outcome.sentence
