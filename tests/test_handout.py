"""test_handout.py - what students get: complete, without a trace of a solution, and with a history to pull from

On the small labs of made_up_lab.py; tests/test_lab_states.py does the same on those of labs/.
"""
import json
import os
import shutil
import subprocess
import tomllib

import pytest

import lab_handout
import lab_leaks
import labs
from problem import Problem
from made_up_lab import write_tree


@pytest.fixture
def root(tmp_path):
    return write_tree(tmp_path / "root")


@pytest.fixture
def out(root, tmp_path):
    """A hand-out of lab one as it begins."""
    lab_handout.handout("one", 0, tmp_path / "out", root=root)
    return tmp_path / "out"


def git(folder, *arguments, check=True):
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_EDITOR": "true"}
    names = {f"GIT_{who}_{what}": "student" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    answer = subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True, check=False,
                            env={**environment, **names})
    assert not check or answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def refused(*arguments, **named):
    with pytest.raises(Problem) as caught:
        lab_handout.handout(*arguments, **named)
    assert "\n" not in str(caught.value)
    return str(caught.value)


### What is in it

def test_a_handout_has_the_kernel_the_grader_and_visible_checks_only(out):
    assert [path for path in labs.files_below(out) if not path.startswith(".git/")] == [
        ".gitignore", "README.md", "build/rooms.mk", "docs/log.md", "kernel/both.cc", "kernel/new.cc",
        "kernel/space.cc", "kernel/space.hh", "lab.json", "labs/one/checks.py", "labs/one/checks.toml",
        "labs/one/lab.toml", "labs/one/looking.py", "pictures/first-right.png", "tests/grade", "tests/grading/run.py",
        "tests/problems.py", "user/p-check-seen.cc", "user/p-fork.cc", "user/u-check.hh", "user/u-help.hh",
        "user/u-lib.hh"]


def test_nothing_of_hidden_checks_is_in_a_handout(out):
    for path in labs.files_below(out):
        content = (out / path).read_bytes()
        for word in (b"unseen", b"surprise", b"Whatever", b"stare", b"hidden_", b" 60"):
            assert path.startswith(".git/") or word not in content, f"{path}: {word}"


def test_checks_and_lab_are_written_as_the_grader_reads_them(out):
    checks = tomllib.loads((out / "labs/one/checks.toml").read_text())["check"]
    assert checks == [{"id": "seen", "step": "first", "title": "What is seen", "points": 40, "visibility": "visible",
                       "needs": [], "program": "check-seen", "property": "seen", "seconds": 0.5,
                       "scenario": [{"seed": 7, "words": "audit=off"}]}]
    lab = tomllib.loads((out / "labs/one/lab.toml").read_text())
    assert set(lab) == {"title", "files", "rooms", "step"} and lab["step"][1]["name"] == "second"


def test_a_hidden_property_among_the_visible_ones_is_refused(tmp_path):
    root = write_tree(tmp_path / "root", {"labs/one/looking.py": "def surprise(run):\n    pass\n"})
    assert "labs/one/looking.py has surprise" in refused("one", 0, tmp_path / "out", root=root)


def test_a_handout_that_names_a_hidden_check_is_refused(tmp_path):
    root = write_tree(tmp_path / "root", {"labs/one/looking.py": "LEAST = {'check-unseen': 3}\n"})
    assert "hidden check: check-unseen in labs/one/looking.py" in refused("one", 0, tmp_path / "out", root=root)


def test_the_salt_of_seeds_is_in_no_handout(tmp_path):
    root = write_tree(tmp_path / "root", {})
    path = root / "labs/one/checks.toml"
    path.write_text('salt = "secret-salt"\n' + path.read_text())
    lab_handout.handout("one", 0, tmp_path / "out", root=root)
    assert "secret-salt" not in (tmp_path / "out/labs/one/checks.toml").read_text()


def test_the_text_says_where_to_work(out, root, tmp_path):
    text = (out / "README.md").read_text()
    assert text.startswith("# One\n\nWhat to build.\n\n## Where you work\n\n| step |")
    assert "| 1. The first | `span_of` | [kernel/space.cc](kernel/space.cc) | 8 |" in text
    line = (out / "kernel/space.cc").read_text().splitlines()[7]
    assert line == "static int span_of(int) {"
    assert "The second | `b`" in text and text.endswith("## The first\n\n![right](pictures/first-right.png)\n")
    lab_handout.handout("one", 2, tmp_path / "last", root=root)
    assert "All steps of this lab are done here." in (tmp_path / "last/README.md").read_text()


def test_a_program_that_a_check_names_must_exist(tmp_path):
    root = write_tree(tmp_path / "root", {"labs/one/check/p-check-seen.cc": None})
    assert "there is no program check-seen" in refused("one", 0, tmp_path / "out", root=root)


@pytest.mark.parametrize("words, sentence", [
    ("handout", "LAB= is missing; there are: "), ("handout LAB=nothing OUT=x", "there is no lab nothing"),
    ("handout LAB=vm", "OUT= is missing: give the folder to write"), ("handout LAB=vm OUT=build", "lies in this tree"),
    ("handout LAB=vm OUT=/tmp/x STEP=99", "lab vm has the steps 0 to"), ("demo LAB=vm", "STEP= is missing"),
    ("demo LAB=vm STEP=1 MODE=radio", "not one of graphic console headless gdb screenshot"),
    ("replay LAB=vm", "CHECK= is missing"), ("pictures LAB=vm STEP=0", "no step of which there are pictures"),
])
def test_what_is_missing_or_wrong_is_one_line(make, words, sentence):
    answer = make(*words.split())
    lines = [line for line in answer.stderr.splitlines() if not line.startswith("make: ***")]
    assert answer.returncode != 0 and len(lines) == 1, answer.stderr
    assert lines[0].startswith("Kinglet: ") and sentence in lines[0]


### Its history

def test_the_same_sources_make_the_same_commit(out, root, tmp_path):
    lab_handout.handout("one", 0, tmp_path / "again", root=root)
    assert git(out, "rev-parse", "HEAD") == git(tmp_path / "again", "rev-parse", "HEAD")
    assert git(out, "log", "--format=%an %ae %cn %at %s") == (
        f"Kinglet kinglet@localhost Kinglet {lab_handout.NO_DATE} Lab one, as it begins")
    assert git(out, "status", "--porcelain") == "" and git(out, "branch", "--show-current") == "main"


def test_the_date_is_the_sources(root, tmp_path):
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "source", "--date", "2021-03-04T05:06:07Z")
    date = git(root, "log", "-1", "--format=%ct")
    lab_handout.handout("one", 0, tmp_path / "out", root=root)
    assert git(tmp_path / "out", "log", "-1", "--format=%at %ct") == f"{date} {date}"


def test_a_correction_is_one_commit_that_students_merge(out, root, tmp_path):
    student = tmp_path / "student"
    git(tmp_path, "clone", "--quiet", out, student)
    mine = (student / "kernel/space.cc").read_text().replace("return 0;", "return 1 << level;")
    (student / "kernel/space.cc").write_text(mine)
    git(student, "commit", "--quiet", "-am", "my span_of")
    assert "already" in lab_handout.handout("one", 0, out, root=root)
    (root / "kernel/space.hh").write_text("struct space { int corrected; };\n")
    (root / "labs/one/README.md").write_text("# One\n\nBetter said.\n")
    (root / "user/p-fork.cc").unlink()
    lab_handout.handout("one", 0, out, root=root)
    assert git(out, "log", "--format=%s").splitlines() == ["Lab one, as it begins, corrected", "Lab one, as it begins"]
    git(student, "pull", "--quiet", "--no-rebase")
    assert "corrected" in (student / "kernel/space.hh").read_text()
    assert (student / "kernel/space.cc").read_text() == mine
    assert "Better said." in (student / "README.md").read_text() and not (student / "user/p-fork.cc").exists()


def test_what_is_built_in_a_handout_stays_out_of_it(out, root):
    (out / "obj").mkdir()
    (out / "obj/kinglet.img").write_text("x")
    (root / "kernel/space.hh").write_text("struct space { int corrected; };\n")
    lab_handout.handout("one", 0, out, root=root)
    assert (out / "obj/kinglet.img").exists() and "obj/" not in git(out, "ls-files")


def test_nothing_of_a_student_is_lost(out, root, tmp_path):
    (root / "kernel/space.hh").write_text("struct space { int corrected; };\n")
    (out / "kernel/space.cc").write_text("int mine;\n")
    assert "changes that are not committed" in refused("one", 0, out, root=root)
    git(out, "commit", "--quiet", "-am", "mine")
    assert "commits of somebody else" in refused("one", 0, out, root=root)
    git(out, "checkout", "--quiet", "-b", "work")
    assert "its branch is not main" in refused("one", 0, out, root=root)
    assert (out / "kernel/space.cc").read_text() == "int mine;\n"
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis/chapter").write_text("years of work")
    assert "nor a hand-out" in refused("one", 0, tmp_path / "thesis", root=root)
    assert "is a file" in refused("one", 0, tmp_path / "thesis/chapter", root=root)


def test_another_lab_or_step_is_no_correction(out, root):
    assert "holds step 0 of lab one" in refused("one", 1, out, root=root)
    assert "holds step 0 of lab one" in refused("two", 0, out, root=root)


def test_a_handout_does_not_go_into_the_finished_tree(root):
    assert "lies in this tree" in refused("one", 0, root / "handout", root=root)


def test_a_handout_over_a_students_own_solution_has_it(out, root, tmp_path):
    (out / "kernel/space.cc").write_text("int mine;\n\nint span_of(int) { return 0; }\n")
    lab_handout.handout("two", 0, tmp_path / "two", over=out, root=root)
    assert (tmp_path / "two/kernel/space.cc").read_text().startswith("int mine;\n\nstatic int span_of(int level) {\n")


### Leaks

# A finished body long enough to be a secret, and what a student begins with.
SECRET = """
int secret(int* table, int size) {
    int largest = 0;                    // nothing is smaller than what an empty table holds
    for (int index = 0; index < size; ++index) {
        if (table[index] > largest) largest = table[index];
        table[index] = "a very special string"[index % 7];
    }
    return largest;
}
"""
START = "int secret(int*, int) {\n    return 0;\n}\n"


@pytest.fixture
def guarded(tmp_path):
    """A hand-out whose function `secret` has not been written, and its root."""
    root = write_tree(tmp_path / "root", {"kernel/a.cc": SECRET, "labs/two/start/only/bodies/kernel/a.cc": START})
    lab_handout.handout("two", 0, tmp_path / "out", root=root)
    return tmp_path / "out", root


def leaks(guarded):
    return lab_leaks.leaks("two", 0, guarded[0], root=guarded[1])


def test_a_handout_leaks_nothing(guarded):
    assert leaks(guarded) == []


@pytest.mark.parametrize("path, text", [
    ("kernel/b.cc", SECRET.replace("secret", "other")),
    ("kernel/b.cc", "".join(f"// {line}\n" for line in SECRET.splitlines())),
    ("README.md", "Try this:\n\n" + "".join(f"    {line}\n" for line in SECRET.splitlines()[3:6])),
    ("lib/new.hh", "   ".join(SECRET.replace("// nothing is smaller than what an empty table holds", "").split())),
    ("notes.txt", "Nothing is what it seems: nothing is smaller than what an empty table holds.\n"),
])
def test_a_leaked_body_is_found_in_files(guarded, path, text):
    (guarded[0] / path).parent.mkdir(exist_ok=True)
    (guarded[0] / path).write_text(text)
    assert leaks(guarded) and all(each.startswith(f"{path} has some of kernel/a.cc: ") for each in leaks(guarded))


def test_a_leaked_body_is_found_in_the_history_reachable_or_not(guarded):
    out = guarded[0]
    (out / "kernel/a.cc").write_text(SECRET)
    git(out, "commit", "--quiet", "-am", "solution")
    git(out, "reset", "--quiet", "--hard", "HEAD~1")
    git(out, "reflog", "expire", "--all", "--expire=now")
    assert [each.split(" has")[0].split()[:2] for each in leaks(guarded)] == [["git's", "blob"]] * 2


def test_a_leaked_function_is_found_in_binaries(guarded):
    compiled = guarded[0] / "kernel/a.o"
    compiled.write_bytes(b"\x7fELF\0\0a very special string\0")
    assert leaks(guarded) == ["kernel/a.o has some of kernel/a.cc: secret(int*, int) (by its name or a string)"]


def test_a_handout_that_would_leak_is_not_made(tmp_path):
    root = write_tree(tmp_path / "root", {"kernel/a.cc": SECRET, "labs/two/README.md": f"# Two\n```\n{SECRET}```\n",
                                          "labs/two/start/only/bodies/kernel/a.cc": START})
    assert "README.md has some of kernel/a.cc: secret" in refused("two", 0, tmp_path / "out", root=root)
    assert not (tmp_path / "out").exists()
    shutil.rmtree(root / "labs/two/start")                  # then the function is no solution
    lab_handout.handout("two", 0, tmp_path / "out", root=root)
    assert json.loads((tmp_path / "out/lab.json").read_text())["lab"] == "two"
