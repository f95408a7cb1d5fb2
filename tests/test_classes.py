"""test_classes.py - the grading of a class

With tests/stub_grader.py in place of the grader. What takes minutes (a Gradescope machine from nothing, a class of
twenty with the grader itself) is tests/try_autograder.py and tests/try_course.py.
"""
import csv
import fcntl
import io
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile

import pytest

import stub_grader
from conftest import ROOT
from grading import class_overview, classes
from problem import Problem
from test_sandbox import make_tree

STUB = [sys.executable, str(ROOT / "tests" / "stub_grader.py")]
needs_parallel = pytest.mark.skipif(not shutil.which("parallel"), reason="GNU parallel is not installed")


def grade(folder, out, **how):
    how = {"limit": 60, "jobs": 4, **how}
    return classes.grade_all("stub", stub_grader.CHECKS, stub_grader.FILES, str(folder), str(out), STUB, ["--x"], **how)


def points(whole):
    return {entry.shown: entry.report["points"] for entry in whole.entries}


@pytest.fixture
def submissions(tmp_path):
    """submissions(name=text of kernel/work.cc, ...): a folder of submissions."""
    def make_class(**texts):
        for name, text in texts.items():
            make_tree(tmp_path / "class" / name, {"kernel/work.cc": text.encode()})
        return tmp_path / "class"
    return make_class


@needs_parallel
def test_what_goes_wrong_with_one_submission_harms_only_its_own_grade(submissions, tmp_path, capsys):
    folder = submissions(alice="", looper="loop", crasher="crash", flood="flood", garbage="garbage")
    make_tree(folder, {"nothing/readme": b""})
    whole = grade(folder, tmp_path / "out", limit=4)
    assert points(whole) == {"alice": 30, "crasher": 10, "flood": 30, "garbage": 0, "looper": 10, "nothing": 0}
    states = {entry.shown: entry.report["state"] for entry in whole.entries}
    assert states == {"alice": "finished", "crasher": "failed", "flood": "finished", "garbage": "failed",
                      "looper": "failed", "nothing": "finished"}
    assert (tmp_path / "out/results/flood.txt").stat().st_size < 1_100_000
    with open(tmp_path / "out/grades.csv", encoding="utf-8", newline="") as file:
        rows = {row["submission"]: row for row in csv.DictReader(file)}
    assert rows["alice"]["points"] == "30" and rows["crasher"]["check-1"] == "0"
    assert "status 3" in rows["crasher"]["message"] and "not done after 4 s" in rows["looper"]["message"]
    assert "none of the lab's files" in rows["nothing"]["message"]
    feedback = (tmp_path / "out/feedback/alice.txt").read_text(encoding="utf-8")
    assert "Check 0 holds" in feedback and "Check 1 holds" not in feedback and "20 of 20 points" in feedback
    assert "6 of 6" in capsys.readouterr().out


@needs_parallel
def test_an_overview_counts_checks_and_the_commonest_mistakes(submissions, tmp_path):
    folder = submissions(alice="", bob="fail")
    (folder / "notes.pdf").write_bytes(b"%PDF")
    make_tree(folder, {"nothing/readme": b""})
    whole = grade(folder, tmp_path / "out")
    assert points(whole)["notes.pdf"] == 0
    text = (tmp_path / "out/overview.txt").read_text(encoding="utf-8")
    assert text.startswith("4 submissions\n") and "notes.pdf is neither a folder nor a zip or tar file" in text
    rows = {row[0]: row[1:] for row in map(str.split, text.splitlines()) if row and row[0].startswith("check-")}
    assert rows["check-0"][1:] == ["2", "0", "2"], text


def test_mistakes_are_the_same_but_for_their_numbers():
    def report(name, found, function="f"):
        wrong = {"found": found, "function": function}
        return {"submission": name, "message": "", "checks": [{"id": "a", "status": "failed", "wrong": wrong}]}
    found = class_overview.common_mistakes([
        report("x", "page 0x1000 of 7"), report("y", "page 0x2000 of 12"), report("z", "page 0x1000 of 7", "g")])
    assert found == [(("a", "f", "page N of N"), ["x", "y"]), (("a", "g", "page N of N"), ["z"])]


@needs_parallel
def test_odd_names_are_names(tmp_path):
    folder = tmp_path / "the class"
    names = ["with space", "-rf", "$(touch bad)", "a\nb", "'\"", "=1+1", "ünï", "x" * 240]
    for name in [*map(os.fsencode, names), b"bad\xff"]:
        os.makedirs(os.path.join(os.fsencode(folder), name, b"kernel"))
        open(os.path.join(os.fsencode(folder), name, b"kernel/work.cc"), "wb").close()
    with zipfile.ZipFile(folder / "dan.zip", "w") as archive:
        archive.writestr("dan/kernel/work.cc", "")
    whole = grade(folder, tmp_path / "o u t")
    assert set(points(whole).values()) == {30} and len(whole.entries) == 10
    assert len(os.listdir(tmp_path / "o u t" / "results")) == 20
    with open(tmp_path / "o u t" / "grades.csv", encoding="utf-8", newline="") as file:
        shown = {row["submission"] for row in csv.DictReader(file)}
    assert {"with space", "'-rf", "'=1+1", "a\\nb", "bad\\xff", "ünï"} <= shown


@needs_parallel
def test_a_second_run_grades_only_what_is_new_or_went_wrong(submissions, tmp_path, capsys):
    folder, out = submissions(alice="", bob="", crasher="crash"), tmp_path / "out"
    grade(folder, out)
    before = (out / "results/alice.json").stat().st_mtime_ns
    (folder / "bob/kernel/work.cc").write_text("// better", encoding="utf-8")
    capsys.readouterr()
    whole = grade(folder, out)
    assert (out / "results/alice.json").stat().st_mtime_ns == before
    text = capsys.readouterr().out
    assert "1 of 3  are graded already" in text and "bob" in text and "crasher" in text and "alice" not in text
    assert points(whole) == {"alice": 30, "bob": 30, "crasher": 10}


def children_of(text):
    """Processes whose command has `text` in it."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                found += [pid] if text.encode() in file.read() else []
        except OSError:
            pass
    return found


@needs_parallel
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_class_grading_that_is_ended_leaves_no_process_behind_and_goes_on_later(submissions, tmp_path, number):
    folder, out = submissions(alice="", looper="loop"), tmp_path / "out"
    text = ("import sys; sys.path[:0] = sys.argv[1:3]\nimport test_classes\n"
            "test_classes.grade(sys.argv[3], sys.argv[4], limit=300)")
    mark = tmp_path / "tmp"
    mark.mkdir()
    with subprocess.Popen([sys.executable, "-c", text, str(ROOT / "tests"), str(ROOT / "build"), str(folder), str(out)],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          env={**os.environ, "TMPDIR": str(mark)},      # SIGINT may be ignored here, as behind `&`
                          preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) as process:
        wait_for(lambda: (out / "results/alice.json").exists() and len(children_of(f"{mark}/kinglet.class")) == 1)
        process.send_signal(number)
        process.wait(120)
    wait_for(lambda: not children_of(f"{mark}/kinglet.class"))
    (folder / "looper/kernel/work.cc").write_text("mended", encoding="utf-8")
    assert points(grade(folder, out)) == {"alice": 30, "looper": 30}


def wait_for(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@needs_parallel
def test_other_machines_take_part_and_one_that_does_not_answer_costs_nothing(submissions, tmp_path):
    shell = tmp_path / "shell"                          # a stand-in for ssh: another folder, another environment
    shell.write_text(f"#!/bin/sh\nhost=$1; shift; [ \"$1\" = -- ] && shift\necho $host >>{tmp_path}/hosts\n"
                     "[ $host = gone ] && exit 255\n"
                     "cd /; exec env -i PATH=\"$PATH\" HOME=/ SHELL=/bin/sh sh -c \"$*\"\n",
                     encoding="utf-8")
    shell.chmod(0o755)
    whole = grade(submissions(a="", b="", c="", d=""), tmp_path / "out", jobs=None,
                  sshlogins=[f"1/{shell} near", f"1/{shell} gone"])
    assert set(points(whole).values()) == {30}
    assert set((tmp_path / "hosts").read_text(encoding="utf-8").split()) == {"near", "gone"}


@needs_parallel
def test_two_class_gradings_do_not_write_into_each_others_results(submissions, tmp_path):
    folder, out = submissions(alice=""), tmp_path / "out"
    grade(folder, out)
    with open(out / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Problem, match="another grading"):
            grade(folder, out)


def test_gradescopes_export_gives_the_table_the_students_names(submissions, tmp_path):
    folder = submissions(submission_17="")
    (folder / classes.METADATA).write_text("submission_17:\n  :submitters:\n  - :name: Ada L.\n    :sid: '42'\n"
                                           "    :email: ada@example.edu\n  - :name: Bob\n  :status: processed\n",
                                           encoding="utf-8")
    assert classes.students(folder) == {"submission_17": {"name": "Ada L.", "sid": "42", "email": "ada@example.edu"}}
    entry = classes.read_entry(str(folder), "submission_17", stub_grader.FILES, "")
    text = classes.table([entry], stub_grader.CHECKS, classes.students(folder))
    assert next(csv.DictReader(io.StringIO(text)))["email"] == "ada@example.edu"


@pytest.mark.parametrize("folder, sentence", [("none", "no such folder"), ("empty", "no submission")])
def test_a_class_without_submissions_is_one_line(tmp_path, folder, sentence):
    (tmp_path / "empty").mkdir()
    with pytest.raises(Problem, match=sentence):
        grade(tmp_path / folder, tmp_path / "out")
