"""The grader earns its trust: a submission gets points only for what its kernel does, and a reason for what it lacks.

Graded here is the toy lab of toy_lab.py. Its first check sees pages grow, its second that the kernel is out of reach,
which all submissions here keep right.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest
from conftest import QEMU, clean_environment

from grading import build
from grading.built import Built
from grading.lab import Lab
from grading.run import Wrong, one_run
from test_dishonest import ALL
from toy_lab import RIGHT


def command(root, *arguments, **variables):
    return subprocess.run([sys.executable, str(root / "tests" / "grade"), *map(str, arguments)], text=True,
                          capture_output=True, env=clean_environment(QEMU=QEMU, OBJ=str(root / "obj"), **variables),
                          stdin=subprocess.DEVNULL, timeout=300, check=False)


def points(results):
    return [results[name].earned for name in ("grows", "kernel", "after")]


### What is right, and what is wrong

def test_a_right_submission_has_all_points(grade, submit):
    assert points(grade(submit())) == [60, 30, 10]


def test_another_way_of_doing_it_has_them_too(grade, submit):
    assert points(grade(submit("if (p.regs->reg_rdi % PAGESIZE) return E_INVAL; kfree(kalloc(PAGESIZE, 5)); " + RIGHT))
                  ) == [60, 30, 10]


def test_a_lost_check_is_told_once_and_says_where(grade, submit):
    results = grade(submit("return p.space().add_page(p.regs->reg_rdi & ~0x1FFFUL, PTE_P | PTE_W | PTE_U | PTE_XD);"))
    assert results["grows"].status == "failed" and results["after"].status == "blocked"
    wrong = results["grows"].wrong
    assert "process was stopped" in wrong.found and "page fault on 0x" in wrong.found
    assert any(re.match("address 0x1.*entry 0x0", line) for line in wrong.where) and "^ 0x1" in wrong.picture
    assert wrong.commands == [] and wrong.cause
    assert "cannot be judged without" in results["after"].wrong.found


### What earns nothing, beside the submissions of test_dishonest.py

def test_a_process_that_is_sent_to_its_end_earns_nothing_for_what_was_not_seen(root, grade, submit):
    lab = Lab("toy", str(root))
    build.Tree(lab, root / "obj").update()
    elf = Built(root / "obj" / "grader" / "toy" / "tree" / "obj").program("check-grow")
    done = next(va + data.index(b"done\0") for va, data in elf.constant_pages if b"done\0" in data)
    moment = elf.symbols["check_moment"]
    results = grade(submit(f"p.regs->reg_rip = {moment}; p.regs->reg_rdi = {done}; return 0;"))
    assert results["grows"].status == "failed" and "4 or more moments" in results["grows"].wrong.expected


def test_a_program_that_was_changed_is_not_believed(grade, submit):
    results = grade(submit("vmiter it(&p, PROC_START_ADDR); memset(it.kptr<char*>() + 8, 0x90, 4); " + RIGHT))
    assert results["grows"].earned == 0


### Builds

def test_only_the_labs_files_are_taken(root, grade, submit):
    folder = submit("return 0;")
    for path in ("Makefile", "user/p-check-grow.cc", "tests/grading/result.py", "labs/toy/checks.py",
                 "user/u-check.hh"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("all:\n\techo ok\n")
    assert points(grade(folder)) == [0, 0, 0]


def test_one_clear_line_for_what_cannot_be_graded(root, submit, tmp_path):
    folder = submit()
    source = folder / "kernel" / "syscall.cc"
    text = source.read_bytes()

    def said(*arguments):
        run = command(root, *arguments)
        assert len(run.stderr.splitlines()) == 1 and run.stderr.startswith("Kinglet: "), run.stderr
        return run.stderr

    (folder / "lab.json").write_text('{"lab": "other"}')
    assert "is for lab 'other'" in said(folder)
    (folder / "lab.json").unlink()
    source.unlink()
    assert "kernel/syscall.cc" in said(folder)
    source.symlink_to(root / "labs" / "toy" / "checks.py")
    assert "kernel/syscall.cc" in said(folder)
    source.unlink()
    source.write_bytes(text.replace(b"\n", b"\r\n"))
    spaced = tmp_path / "a folder with blanks"
    folder.rename(spaced)
    run = command(root, spaced)
    assert run.returncode == 0 and "100 of 100 points" in run.stdout and "Windows line ends" in run.stderr
    assert "no such folder" in said(tmp_path / "nowhere")
    assert "no lab" in said("--lab", "none", spaced)


REFUSED = {
    "does not compile": ("return p.nonsense;", "", "kernel/syscall.cc:[0-9]+:[0-9]+: error: .*nonsense"),
    "defines another file's function": (RIGHT, '#include "lib.hh"\nvoid* kalloc(size_t, int) { return nullptr; }',
                                        "kalloc.* is defined twice"),
    "calls what is nowhere": ("int nowhere(int); return nowhere(1);", "", "nowhere.* is used, and nowhere defined"),
    "uses the standard library": ("std::vector<int> all(9); return all[va % 9];", "#include <vector>",
                                  "kernel/syscall.cc includes <vector>: a kernel has no standard library"),
    "changed what is not theirs": ("return p.space().page_alloc(va) + more_errors;", "",
                                   "you changed kernel/memory/protection.hh; it is not graded, and your code needs it .*more_errors"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_with_the_reason_who(name, root, grade, submit):
    body, more, explanation = REFUSED[name]
    folder = submit(body, more)
    if "changed" in name:
        header = "kernel/memory/protection.hh"              # one that few include
        text = (root / header).read_text()
        (folder / header).parent.mkdir()
        (folder / header).write_text(text.replace("#include", "constexpr int more_errors = 0;\n#include", 1))
    with pytest.raises(build.Refused) as refused:
        grade(folder)
    assert re.search(explanation, refused.value.sentence) and "\n" not in refused.value.sentence


### The command

def test_two_gradings_at_once_say_the_same(root, submit, tmp_path):
    folder = submit("return 0;")
    lines = [[sys.executable, str(root / "tests" / "grade"), "--json", str(tmp_path / f"{index}.json"), str(folder)]
             for index in range(2)]
    environment = clean_environment(QEMU=QEMU, OBJ=str(root / "obj"))
    for each in [subprocess.Popen(line, env=environment, stdout=subprocess.DEVNULL) for line in lines]:
        assert each.wait(300) == 0

    def without_seconds(path):
        found = json.loads(path.read_text())
        for each in (found, *found["checks"]):
            each.pop("seconds")
        return found
    assert without_seconds(tmp_path / "0.json") == without_seconds(tmp_path / "1.json")


def test_a_hand_out_knows_its_lab_and_is_its_own_submission(root):
    run = command(root)
    assert run.returncode == 0 and "100 of 100 points" in run.stdout, run.stdout + run.stderr
    assert "\033" not in run.stdout
    run = command(root, "--check", "kernel")
    assert "30 of 30 points" in run.stdout and "grows" not in run.stdout


def processes_with(text):
    """Pids of processes whose command line has `text`."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if text.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            pass
    return found


def wait_until(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_grader_leaves_no_qemu(root, submit, tmp_path, number):
    place = tmp_path / "place"
    place.mkdir()
    watchdog_off = ALL["turns the watchdog off and loops"]["body"]
    environment = clean_environment(QEMU=QEMU, OBJ=str(root / "obj"), TMPDIR=str(place))
    with subprocess.Popen([sys.executable, str(root / "tests" / "grade"), str(submit(watchdog_off))], env=environment,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as grader:
        assert wait_until(lambda: processes_with(f"{place}/kinglet.") and processes_with("isa-debug-exit"))
        time.sleep(0.5)
        grader.send_signal(number)
        grader.wait(120)
    assert wait_until(lambda: not processes_with(f"{place}/kinglet."))


def test_a_replay_stops_picture_and_gdb_where_it_fails(root, submit):
    if not shutil.which("gdb"):
        pytest.skip("gdb is not installed")
    wrong = "if (p.regs->reg_rdi / PAGESIZE % 4 == 2) return 0; " + RIGHT
    run = command(root, "--replay", "grows", submit(wrong), GDBFLAGS="-batch -ex 'info registers rip'")
    assert "PHYSICAL MEMORY" in run.stdout and "LOST" in run.stdout and re.search(r"^rip +0x", run.stdout, re.MULTILINE)


def test_a_property_can_be_tried_by_hand(root, grade, submit):
    grade(submit())
    run = one_run(root / "obj" / "grader" / "toy" / "tree" / "obj", "check-grow", seed=9)
    try:
        moment = run.next("grown")
        assert moment.args[1] == 9 << 32 and moment.own()[moment.args[0]].writable and moment.program == "check-grow"
        with pytest.raises(Wrong):
            run.next("never")
    finally:
        run.recording.close()
