"""Kinglet in Bochs: every program to the end that it comes to in QEMU, and memory looked at from outside.

Not part of `make check`: make check-bochs. Skipped where there is no Bochs. What differs between the two machines is
below, with the reason.
"""
import os
import re

import bochs
import fuzz_instructions
import pytest
import qemu
from conftest import built
from memory import CONSOLE_ADDR, P_FAULTED, kernel_of
from snapshot import Snapshot
from test_programs import BIG, EXPECTED, LEFT, SAYS_NOTHING, attempts, check_stack_rights, lines, reached

# Bochs checks alignment; QEMU does not.
MORE_FAULTS = {"test-exceptions": 1, "test-floatingpoint": 1}
# Bochs' time-stamp counter counts instructions, not nanoseconds.
TIMED = {"test-sleep"}
# Where `syscall` clears the trap flag, CPUs do not trap after it (they look at the flag that is left). Bochs 2.7 does.
TRAPPED = {"test-flags"}
# A model of each of Bochs' generations that has long mode, with its own protections and its own faults
MODELS = ["athlon64_clawhammer", "athlon64_venice", "turion64_tyler", "phenom_8650_toliman", "p4_prescott_celeron_336",
          "core2_penryn_t9600", "corei5_lynnfield_750", "corei7_sandy_bridge_2600k", "zambezi", "trinity_apu", "ryzen",
          "corei7_ivy_bridge_3770k", "broadwell_ult", "corei7_skylake_x", "corei3_cnl", "corei7_icelake_u",
          "tigerlake", "bx_generic"]
WITHOUT_LONG_MODE = ["p3_katmai", "core_duo_t2400_yonah", "atom_n270"]


@pytest.fixture(scope="module", autouse=True)
def installed():
    problem = bochs.bochs_problem()
    if problem:
        pytest.skip(problem)


def run(words, image="kinglet-test.img", **settings):
    """(outcome, memory before the end, lines of the log)"""
    kernel = kernel_of(built("kernel-test.elf" if "test" in image else "kernel.elf"))
    snapshots = [None]
    with bochs.Bochs(built(image), bochs.symbols_of(kernel.elf), words, **settings) as machine:
        outcome = machine.run(120, at_end=lambda ending: snapshots.append(Snapshot(ending, kernel)))
        return outcome, snapshots[-1], machine.log().splitlines()


def run_program(name, **settings):
    if name in BIG:
        return run(f"{name} view=off audit=on stop=6000 machine=big", memory=256, **settings)
    return run(f"{name} view=off audit=on stop=6000", **settings)


def test_no_far_call_or_return_reaches_anything_with_the_kernels_rights():
    """Bochs does these as CPUs do: not even the entry area is reached."""
    outcome, memory, log = run("test-stackrights view=off audit=on stop=60000")
    assert outcome.kind == "exit" and memory.problems() == []
    check_stack_rights(log, kernel_of(built("kernel-test.elf")))
    assert reached(log)[0].keys() <= {CONSOLE_ADDR}


@pytest.mark.parametrize("name", sorted(EXPECTED.keys() - TIMED - TRAPPED))
def test_a_program_comes_to_the_same_end_as_in_qemu(name):
    status, faults, panics, forks = EXPECTED[name]
    outcome, memory, log = run_program(name)
    assert (outcome.kind, outcome.status) == ("exit", status), (outcome, log[-3:])
    assert [line for line in log if line.split()[0] in ("warning", "audit:", "kernel") or ": not ok" in line] == []
    assert (1, "ok") in lines(log, "log") or name in SAYS_NOTHING
    assert len(lines(log, "fault")) == faults + MORE_FAULTS.get(name, 0)
    assert len(lines(log, "panic")) == panics
    assert forks is None or sum(line.startswith("fork ") for line in log) == forks
    assert [process.state for process in memory.processes().values()] == [P_FAULTED] * LEFT.get(name, 0)
    assert memory.problems() == []


def check_faults(log):
    for attempt, fault in attempts(log):
        causes = attempt.rpartition(": ")[2] if ": " in attempt else ".*"
        assert fault and re.match(rf"Process \d+ ({causes}) .*error 0x[0-9a-f]+, rip=", fault), (attempt, fault)


@pytest.mark.parametrize("model", MODELS)
def test_whatever_the_model_each_fault_has_its_name(model):
    for name in ("test-exceptions", "test-floatingpoint", "test-descriptors", "test-rip", "test-registers",
                 "test-kernelmemory"):
        outcome, memory, log = run_program(name, cpu=model)
        assert outcome.status == EXPECTED[name][0] and (1, "ok") in lines(log, "log"), (name, outcome, log[-3:])
        assert memory.problems() == []
        check_faults(log)


@pytest.mark.parametrize("model", WITHOUT_LONG_MODE)
def test_a_model_without_long_mode_is_told_on_the_screen(model):
    with bochs.Bochs(built("kinglet.img"), bochs.symbols_of(built("kernel.elf")), cpu=model) as machine:
        outcome = machine.run()
    assert outcome.sentence == "Kinglet: this CPU has no long mode (it is not 64-bit)"
    assert outcome.screen.text().count(outcome.sentence) == 1


def test_alignment_is_checked_where_a_process_asks_for_it_and_the_kernel_goes_on():
    """After the last attempt, `words` at an odd address, the parent says that all went well."""
    log = run_program("test-exceptions")[2]
    attempt, fault = attempts(log)[-1]
    assert attempt == "an odd address: alignment check" and "alignment check (error 0x0" in fault
    assert (1, "ok") in lines(log, "log")


def test_flags_are_given_back_and_the_trap_flag_on_a_call_is_all_that_bochs_sees_otherwise():
    outcome, _, log = run_program("test-flags")
    tried = [text for _, text in lines(log, "log")]
    assert tried[0] == "try the trap flag on a call"            # after all that is compared there
    if outcome.status != qemu.EXIT_FAULT:                       # a Bochs that is right about it may come
        assert outcome.status == qemu.EXIT_PANIC and tried == tried[:1]
        assert any(line.startswith("kernel panic: kernel double fault") for line in log)


def test_sleepers_wake_in_order():
    """By the machine's own clock: ticks."""
    log = run_program("test-sleep")[2]
    assert [text for _, text in lines(log, "log")][-1] in ("ok", "not ok: expected at least the time asked for, found "
                                                           "otherwise")


@pytest.mark.parametrize("memory", [3, 4, 16, 64, 256, 1024, 2040])
def test_it_runs_in_any_size_of_memory(memory):
    big = " machine=big" if memory > 4 else ""
    outcome, snapshot, log = run(f"fork view=off stop=20{big}", image="kinglet.img", memory=memory)
    assert outcome.status == qemu.EXIT_CLEAN and snapshot.problems() == []
    assert snapshot.is_big == bool(big) and not any(line.startswith("warning") for line in log)


def test_the_picture_comes_up():
    outcome, memory, _ = run("allocators view=off stop=100", image="kinglet.img")
    rows = [outcome.screen.row(row) for row in range(25)]
    assert rows[0].startswith("PHYSICAL MEMORY") and rows[9 + 1].startswith("VIRTUAL MEMORY OF ")
    assert len(memory.processes()) == 4 and sum(row.count("4") for row in rows[1:9]) > 50


def test_a_typed_key_ends_it():
    """At the keyboard that Bochs has, not by a boot word."""
    symbols = bochs.symbols_of(built("kernel.elf"))
    with bochs.Bochs(built("kinglet.img"), symbols, "fork view=on stop=2000") as machine:
        assert machine.start() is None and machine.go_to("memshow", 5)
        machine.type("q")
        outcome = machine.run(30)
        stopped = re.search(r"^stop status=0x10 tick=(\d+)$", machine.log(), re.MULTILINE)
    assert outcome.status == qemu.EXIT_CLEAN and int(stopped[1]) < 2000


def test_random_instructions_change_nothing_but_a_processs_own_memory(tmp_path):
    image, kernel = str(tmp_path / "fuzz.img"), kernel_of(built("kernel-test.elf"))
    fuzz_instructions.write_image(os.path.dirname(built("kinglet-test.img")), image, 1, 1024)
    with bochs.Bochs(image, bochs.symbols_of(kernel.elf), "fuzz-instructions view=off audit=on stop=60000") as machine:
        result, _memory = fuzz_instructions.end_of_run(machine, image, kernel, 1024, 600)
    assert result.failure == "" and result.counts["went on"] > 50
