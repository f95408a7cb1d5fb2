"""Random system calls, of which tests/fuzz.py makes as many as one has time for: here a few seeds, always the same."""
import os
import re
import subprocess
import sys

import fuzz
import fuzz_instructions
import planted
import pytest
import qemu
from conftest import OBJ, ROOT, clean_environment
from mutant import KernelMutant

CALLS, FEW = 20000, 3000
SETUP = fuzz.Setup(str(OBJ))
OTHERS = [fuzz.Setup(str(OBJ), files=True), fuzz.Setup(str(OBJ), words="fork=copy heap=eager"),
          fuzz.Setup(str(OBJ), memory="64M"),
          *(fuzz.Setup(str(OBJ), without=room)
            for room in ("cow", "promises", "shared_tables", "zero_page"))]


def test_whatever_processes_call_or_do_the_kernel_and_the_first_process_go_on():
    run = fuzz.run(SETUP, 2, CALLS)
    assert run.failure == ""
    made, refused = run.totals
    assert made == CALLS and abs(refused - CALLS / 2) < CALLS / 50
    assert run.errors.keys() - set(fuzz.OF_FILES) == set(fuzz.ERRORS) and sum(run.errors.values()) == refused
    assert len(run.resolved) == len(fuzz.RESOLVED) and 0 not in run.resolved
    assert run.stopped.keys() == {*fuzz.FAULTS, "random instructions"} and 0 not in run.stopped.values()
    for cause in fuzz.FAULTS:           # where there was no memory left, that was the cause instead
        assert run.faults_logged(cause) >= run.stopped[cause] * 3 / 4, cause


@pytest.mark.parametrize("setup", OTHERS, ids=lambda each: each.without or each.words or ("files" if each.files else each.memory))
def test_so_they_do_in_other_machines_and_without_any_one_room(setup):
    run = fuzz.run(setup, 2, FEW)
    assert run.failure == ""
    made, refused = run.totals
    assert made == FEW and abs(refused - FEW / 2) < FEW / 20
    assert len(run.errors) >= len(fuzz.ERRORS) - 3 and sum(run.stopped.values()) > 30       # some are rare


def test_a_long_run_must_have_each_error_and_each_fault_a_hundred_times():
    log = ["log pid=1: fuzz error -1: 99", "log pid=1: fuzz error -2: 100", "log pid=1: fuzz stopped by hlt: 3",
           "log pid=1: fuzz resolved 100 200 300 400 99 600"]
    log += [f"log pid=1: fuzz error {error}: 123" for error in fuzz.ERRORS[2:]]
    assert fuzz.Run("", log).rare(100) == ["error -1", "hlt", "fault resolved (reuse)"]
    assert fuzz.Run("", log[1:]).rare(1) == ["error -1"]


def test_every_error_number_of_the_kernel_is_among_those():
    source = (ROOT / "lib" / "abi.hh").read_text()
    found = re.findall(r"constexpr int E_(?!MINERROR)\w+ = (-\d+);", source)
    assert sorted(map(int, found)) == sorted(fuzz.ERRORS + fuzz.OF_FILES)


def test_a_run_is_the_same_each_time_and_a_shorter_one_is_the_same_up_to_its_end():
    first, second, shorter = (fuzz.run(SETUP, 4, calls) for calls in (2000, 2000, 1900))
    assert first.failure == "" and of_first_process(first.log) == of_first_process(second.log)
    early = slice(1, 150)                           # before any process of the shorter one has had its calls
    assert shorter.log[early] == first.log[early] and len(shorter.log) > early.stop
    assert first.log[early] != fuzz.run(SETUP, 5, 2000).log[early]


def of_first_process(log):
    """The log as long as the first process lives. An orphan may wait for ever then, until fuzz.Machine types q."""
    return log[:log.index("exit pid=1") + 1]


def test_under_gdb_the_run_is_the_same(tmp_path):
    log = tmp_path / "log.txt"
    result = start(OBJ, "gdb", SEED="4", CALLS="2000", LOG=str(log), GDBFLAGS="-batch -ex continue",
                   GDB=os.environ.get("GDB", ""))
    assert "exit_port" in result.stdout or "power_off" in result.stdout, result.stdout + result.stderr
    assert of_first_process(log.read_text("latin-1").splitlines()) == of_first_process(fuzz.run(SETUP, 4, 2000).log)


def test_a_log_says_what_went_wrong():
    outcome = qemu.Outcome("exit", qemu.EXIT_FAULT)
    good = ["log pid=1: fuzz seed 1 calls 20 refused 10", "log pid=1: ok", "exit pid=1"]
    assert fuzz.find_failure(outcome, good, 20) == ""
    assert "counts were changed" in fuzz.find_failure(outcome, good, 30)
    for line in "kernel panic: refcount", "audit: page 0x1000", "log pid=3: not ok: call 4":
        assert fuzz.find_failure(outcome, [line, *good], 20) == line
    assert "did not come" in fuzz.find_failure(outcome, good[:1], 20)
    assert fuzz.find_failure(outcome, ["fault pid=1: Process 1 page fault"], 20).startswith("fault pid=1")
    assert fuzz.find_failure(qemu.Outcome("triple fault", None, "the machine reset itself"), good, 20)
    assert fuzz.find_failure(qemu.Outcome("exit", qemu.EXIT_AUDIT, "the audit"), good, 20)


def test_settings_that_make_no_sense_are_refused_in_one_line():
    for name, value in ("SEED", "x"), ("MINUTES", "-1"), ("CALLS", "1e9"):
        result = start(OBJ, **{name: value})
        assert result.returncode == 1 and re.fullmatch(rf"Kinglet: {name}={value}: .*; .*\n", result.stderr)
    result = start("/nowhere", SEED="1")
    assert result.returncode == 1 and result.stderr.startswith("Kinglet: ") and result.stderr.count("\n") == 1


def start(folder, action="run", **settings):
    return subprocess.run([sys.executable, str(ROOT / "tests" / "fuzz.py"), action], text=True,
                          env=clean_environment(OBJ=str(folder), **settings), capture_output=True, timeout=100,
                          check=False)


def test_a_seed_among_the_boot_words_is_as_good():
    asked = start(OBJ, SEED="3", CALLS="300", BOOT="fork=copy")
    assert start(OBJ, BOOT="fuzz seed=3 calls=300 fork=copy").stdout == asked.stdout != ""
    assert asked.stdout.startswith("SEED=3 CALLS=300: ok; ")


def test_a_kernel_that_hangs_is_found_and_the_run_made_as_short_as_it_can_be(tmp_path):
    bug = KernelMutant("kernel/memory/user_memory.cc", "try_copy_in(char*, address_space, user_string)",
                       "length += part;", "length += part % n;", ("fuzz",))
    built = planted.build(bug, tmp_path, OBJ, "kinglet-test.img")
    result = start(built, SEED="1", CALLS="1000", QEMU=os.environ.get("QEMU", ""))
    assert result.returncode == 1, result.stdout
    found = re.search(r"^seed 1, (\d+) calls: nothing happened for \d+ s of the machine's time; it was at 0x[0-9a-f]+\n"
                      r"again: +make fuzz SEED=1 CALLS=\1\n"
                      r"under gdb: make fuzz-gdb SEED=1 CALLS=\1\n", result.stdout, re.MULTILINE)
    least = int(found[1])
    assert 0 < least < 1000
    assert f"  {least} calls: fails" in result.stdout and f"  {least - 1} calls: passes" in result.stdout


### Random instructions

@pytest.mark.parametrize("cpu", fuzz_instructions.CPUS)
def test_whatever_instructions_a_process_runs_nothing_but_its_own_memory_changes(cpu):
    run = fuzz_instructions.run(str(OBJ), 1, 2048, cpu)
    assert run.failure == ""
    assert run.counts["went on"] > 200 and run.counts["stopped"] > 1000
    assert run.faults >= {"general protection", "invalid opcode", "no floating point", "page fault", "breakpoint"}


def test_a_change_of_memory_that_instructions_made_is_told():
    class Memory:
        def problems(self):
            return ["page 7 has no owner"]

        def read(self, va, size):
            return b"changed!"[:size]
    assert fuzz_instructions.changed(Memory(), [(0x40000, b"changed!"), (0x50000, b"constant")]) == [
        "page 7 has no owner", "the kernel's constants from 0x50000 on have changed"]
    good = ["log pid=1: instructions went on 5 stopped 3 left 0 endless 0", "log pid=1: ok"]
    end = qemu.Outcome("exit", qemu.EXIT_FAULT)
    find = fuzz_instructions.find_failure
    assert find(end, Memory(), good, 8) == "page 7 has no owner"
    assert find(end, Memory(), ["kernel panic: x", *good], 8) == "kernel panic: x"
    assert find(end, Memory(), ["log pid=1: not ok: its memory's sum", *good], 8).startswith("log pid=1: not ok")
    assert find(qemu.Outcome("exit", qemu.EXIT_PANIC), Memory(), good, 8) and find(end, Memory(), good[:1], 8)
    assert "9 instructions were to be tried" in find(end, Memory(), good, 9)
