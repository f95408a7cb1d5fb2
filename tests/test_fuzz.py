"""Random system calls, of which tests/fuzz.py makes as many as one has time for: here a few seeds, always the same."""
import os
import re
import shutil
import subprocess
import sys

import fuzz
import pytest
import qemu
from conftest import OBJ, ROOT, clean_environment

CALLS = 20000
ERRORS = {-1, -2, -3, -7, -8, -10, -11, -12, -14, -22, -38}     # all of lib/abi.hh
RESOLVED = 6                                                    # kinds of page faults that become memory


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_processes_call_or_do_the_kernel_and_the_first_process_go_on(seed):
    run = fuzz.run(OBJ, seed, CALLS)
    assert run.failure == ""
    made, refused = run.totals
    assert made == CALLS and abs(refused - CALLS / 2) < CALLS / 50
    assert run.errors.keys() == ERRORS and sum(run.errors.values()) == refused
    assert len(run.resolved) == RESOLVED and 0 not in run.resolved
    assert run.stopped.keys() == {*fuzz.FAULTS, "random instructions"} and 0 not in run.stopped.values()
    for cause in fuzz.FAULTS:           # where there was no memory left, that was the cause instead
        assert run.faults_logged(cause) >= run.stopped[cause] * 3 / 4, cause


def test_every_error_number_of_the_kernel_is_among_those():
    source = (ROOT / "lib" / "abi.hh").read_text()
    assert {int(number) for number in re.findall(r"constexpr int E_(?!MINERROR)\w+ = (-\d+);", source)} == ERRORS


def test_a_run_is_the_same_each_time_and_a_shorter_one_is_the_same_up_to_its_end():
    first, second, shorter = (fuzz.run(OBJ, 4, calls) for calls in (2000, 2000, 1900))
    assert first.failure == "" and first.log == second.log
    assert shorter.log[1:200] == first.log[1:200] and len(shorter.log) > 250
    assert first.log[1:200] != fuzz.run(OBJ, 5, 2000).log[1:200]


def test_under_gdb_the_run_is_the_same(tmp_path):
    log = tmp_path / "log.txt"
    result = start(OBJ, "gdb", SEED="4", CALLS="2000", LOG=str(log), GDBFLAGS="-batch -ex continue",
                   GDB=os.environ.get("GDB", ""))
    assert "exit_port" in result.stdout or "power_off" in result.stdout, result.stdout + result.stderr
    assert log.read_text("latin-1").splitlines() == fuzz.run(OBJ, 4, 2000).log


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
    return subprocess.run([sys.executable, "-B", str(ROOT / "tests" / "fuzz.py"), action], text=True,
                          env=clean_environment(OBJ=str(folder), **settings), capture_output=True, timeout=100,
                          check=False)


def kernel_with(folder, file, right, wrong):
    """A test image of these sources with one line changed; returns the folder where it is built."""
    tree = folder / "tree"
    for name in "boot", "build", "kernel", "lib", "tests", "user":
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Makefile", tree)
    shutil.copytree(OBJ, tree / "obj",
                    ignore=shutil.ignore_patterns("unit", "grader", "without-*", "failing*", "*.img"))
    source = (tree / file).read_text()
    assert source.count(right) == 1
    (tree / file).write_text(source.replace(right, wrong))
    subprocess.run(["make", "-C", str(tree), "obj/kinglet-test.img"], env=clean_environment(), check=True, timeout=100,
                   stdout=subprocess.DEVNULL)
    return tree / "obj"


def test_a_wrong_line_in_the_kernel_is_found_and_the_run_made_as_short_as_it_can_be(tmp_path):
    built = kernel_with(tmp_path, "kernel/syscall.cc", " || !is_own_address(va) || !vmiter", " || !vmiter")
    result = start(built, SEED="1", CALLS=str(CALLS), QEMU=os.environ.get("QEMU", ""))
    assert result.returncode == 1, result.stdout
    found = re.search(r"^seed 1, (\d+) calls: (.*)\nagain: +make fuzz SEED=1 CALLS=\1\n"
                      r"under gdb: make fuzz-gdb SEED=1 CALLS=\1\n", result.stdout, re.MULTILINE)
    least = int(found[1])
    assert 0 < least < CALLS / 10
    assert f"  {least} calls: fails" in result.stdout and f"  {least - 1} calls: passes" in result.stdout
