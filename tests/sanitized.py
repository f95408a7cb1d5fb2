"""sanitized.py - what changes in a run of the tests with SAN=1, on the images that have sanitizers"""
import functools
import os

import pytest
import qemu

SANITIZED = os.environ.get("SAN", "0") not in ("", "0")

# The files of tests about the images; the others are about this machine's tools, or build kernels of their own. Random
# calls are `make fuzz SAN=1` and `make model SAN=1`.
ABOUT_IMAGES = set("audit boot gdb kernel launch matrix nomemory picture programs rare rooms run sanitizers stale"
                   .split())

# Tests in them of which the checks are no part, and why
COUNTED = "counts the kernel's instructions"
LEFT_OUT = {
    "test_scheduling_costs_the_same_however_many_processes_there_are": COUNTED,
    "test_a_non_maskable_interrupt_at_any_instruction_of_a_call_does_no_harm": COUNTED,
    "test_make_runs_a_program_by_name_without_a_rebuild": "has the ordinary kernel built before",
    "test_a_bad_pointer_in_the_kernel_is_a_panic_with_registers_and_backtrace": "knows a register of the instruction",
}

if SANITIZED:                           # the checks are most of its instructions, but shall not be most of its time
    qemu.Settings = functools.partial(qemu.Settings, icount=3)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Skips what is not about the images with sanitizers."""
    if not SANITIZED:
        return
    if item.path.stem.removeprefix("test_") not in ABOUT_IMAGES:
        pytest.skip("not about the image with sanitizers")
    if item.originalname in LEFT_OUT:
        pytest.skip(LEFT_OUT[item.originalname])
