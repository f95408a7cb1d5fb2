"""The kernel with sanitizers finds a bug of each kind, says in which function it is, and runs programs without a word.

planted.img is the test image, built as with SAN=1, whose kernel commits a bug of tests/sanitizers/planted.cc if the
first boot word names it.
"""
import re

import pytest
import qemu
from conftest import QEMU, ROOT, built

# What is said of each bug: a regular expression.
BUGS = {
    "overflow_of_sum": r"arithmetic overflow: (1 \+ 2147483647|2147483647 \+ 1) as 'int'",
    "overflow_of_difference": r"arithmetic overflow: -9223372036854775808 - 1 as 'long( int)?'",
    "overflow_of_product": r"arithmetic overflow: (1048576 \* 4096|4096 \* 1048576) as 'int'",
    "overflow_of_negation": r"arithmetic overflow: -\(-2147483648\) as 'int'",
    "overflow_of_quotient": r"arithmetic overflow: -2147483648 / -1 as 'int'",
    "division_by_zero": r"division by zero: 7 / 0",
    "shift_too_far": r"shift of 1, of type 'int', by 32",
    "shift_by_negative": r"shift of 1, of type '(long unsigned int|unsigned long)', by -1",
    "count_of_zeros_in_zero": r"invalid value: 0 has no first or last bit that is set",
    "null_pointer": r"null pointer: load of 'int'",
    "null_structure": r"null pointer: member access in '.*pair'",
    "null_object": r"null pointer: member call on '.*pair'",
    "null_argument": r"null pointer: argument 1 must not be one",
    "null_result": r"null pointer: the result must not be one",
    "misaligned_pointer": r"misaligned pointer: load of 'uint32_t'.* at 0x\w+[26ae]",
    "pointer_beyond_memory": r"pointer overflow: from 0xfffffffffffffffb to 0x3",
    "wrong_index": r"index out of bounds: 4 of 'int ?\[4\]'",
    "wrong_index_of_global": r"index out of bounds: -1 of 'int ?\[5\]'",
    "array_of_no_size": r"an array of -1 elements",
    "invalid_bool": r"invalid value: 2 in a 'bool'",
    "invalid_enumeration": r"invalid value: 77 in a '.*direction'",
    "unreachable": r"unreachable code was reached",
    "missing_result": r"a function ended without a result",
    "read_of_freed_page": r"use of a free page: read of 8 bytes at 0x\w+038",
    "write_to_freed_page": r"use of a free page: write of 8 bytes at 0x\w+000",
    "write_to_page_never_taken": r"use of a free page: write of 1 bytes at 0x1fffff",
    "copy_from_freed_page": r"use of a free page: read of 12 bytes at 0x\w+000",
    "filling_into_freed_page": r"use of a free page: write of 4096 bytes at 0x\w+000",
    "overflow_of_local": r"stack buffer overflow: read of 4 bytes",
    "overflow_of_local_by_a_byte": r"stack buffer overflow: write of 1 bytes",
    "underflow_of_local": r"stack buffer underflow: write of 4 bytes",
    "overflow_of_local_by_strcpy": r"stack buffer overflow: write of 18 bytes",
    "overflow_of_local_by_memset": r"stack buffer overflow: write of 25 bytes",
    "use_after_scope": r"use of a local variable after its scope: read of 4 bytes",
    "overflow_of_global": r"overflow of global variable .*global_counts: read of 4 bytes",
    "overflow_of_constant": r"overflow of global variable .*constant_counts: read of 4 bytes",
    "overflow_of_global_by_memmove": r"overflow of global variable .*global_name: write of 12 bytes",
}
# Where the function that has the bug is not called as the bug is
FUNCTIONS = {"null_result": "null_pointer_of", "missing_result": "missing_result_of",
             "overflow_of_local_by_strcpy": "strcpy"}
SOURCE = ROOT / "tests" / "sanitizers" / "planted.cc"


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
    place = "" if re.search("bytes at", said) else r", at tests/sanitizers/planted.cc:\d+:\d+"
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


def test_every_planted_bug_is_looked_for():
    planted = set(re.findall(r"\bBUG\((\w+)\)", SOURCE.read_text())) - {"name"}
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
