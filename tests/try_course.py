#!/usr/bin/env python3
"""try_course.py - walks an instructor's whole path, as docs/teaching.md describes it, from a clean copy of this tree

    tests/try_course.py [LAB]           takes minutes; LAB is vm if not given

A hand-out is made, a student clones it, solves it, grades it, and pulls a correction; the instructor adds the check of
docs/teaching.md, makes the autograder, and grades a class of some twenty, good and bad. Each step says what came of it.
Not part of `make check`.
"""
import csv
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "build"))
import labs                                                     # noqa: E402
import scratch                                                  # noqa: E402

CLASS = 21
ENVIRONMENT = {name: value for name, value in os.environ.items()
               if not name.startswith(("MAKE", "GIT_", "OBJ", "LAB", "STEP", "OUT", "MFLAGS"))}


class Unexpected(Exception):
    """A step did not come to what it should."""


def run(folder, *command, expected=0):
    """Runs a command; returns what it printed. Unexpected if its exit status is."""
    end = subprocess.run([str(word) for word in command], cwd=folder, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    if end.returncode != expected:
        raise Unexpected(f"{' '.join(map(str, command))}: status {end.returncode}\n{end.stdout[-3000:]}")
    return end.stdout


def git(folder, *words):
    return run(folder, "git", "-c", "user.name=Student", "-c", "user.email=student@localhost", *words).strip()


def want(condition, sentence):
    if not condition:
        raise Unexpected(f"not so: {sentence}")
    print(f"{time.monotonic() - START:6.0f} s  {sentence}", flush=True)


def total(text):
    """The points that a grading printed."""
    return float(re.search(r"^([\d.]+) of [\d.]+ points", text, re.MULTILINE)[1])


def clean_copy(folder):
    """A clone of this tree as it is, what is not yet committed included."""
    files = run(ROOT, "git", "ls-files", "-co", "--exclude-standard").splitlines()
    for file in files:
        if (ROOT / file).is_file():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, folder / file)
    git(folder, "-c", "init.defaultBranch=main", "init", "--quiet")
    commit(folder)


def commit(folder):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "as it is")


### The path

def solve(copy, lab, student):
    """The student does what the lab asks for."""
    solution = copy.parent / "solution"
    labs.state_tree(lab, lab.last, solution)
    for file in lab.files:
        shutil.copy(solution / file, student / file)
    git(student, "commit", "--quiet", "--all", "-m", "Solved")
    return solution


def hand_out(copy, lab):
    """Makes a hand-out; a student solves it and gets a correction. Returns the solution."""
    out, student = copy.parent / "hand-out", copy.parent / "student"
    run(copy, "make", "-s", "handout", f"LAB={lab.name}", f"OUT={out}")
    git(copy.parent, "clone", "--quiet", out, student)
    want(total(run(student, "make", "-s", "grade")) == 0, "a hand-out grades itself: 0 points")
    solution = solve(copy, lab, student)
    text = run(student, "make", "-s", "grade")
    want("LOST" not in text and total(text) > 50, f"solved, it grades itself: {total(text):g} points by visible checks")
    with open(copy / "labs" / lab.name / "README.md", "a", encoding="utf-8") as file:
        file.write("\nA sentence that was forgotten.\n")
    commit(copy)
    run(copy, "make", "-s", "handout", f"LAB={lab.name}", f"OUT={out}")
    want(git(out, "rev-list", "--count", "HEAD") == "2", "a correction is one commit more")
    git(student, "pull", "--quiet", "--no-rebase", "--no-edit")
    kept = all((student / file).read_text() == (solution / file).read_text() for file in lab.files)
    want(kept and "forgotten" in (student / "README.md").read_text(), "the student pulls it, and keeps the solution")
    text = run(copy, "make", "-s", "grade", f"LAB={lab.name}", f"SUBMISSION={student}")
    want(total(text) >= 100, f"the instructor's grader gives it {total(text):g} points")
    return solution


def own_check(copy):
    """Adds the check of docs/teaching.md, as it stands there."""
    text = (copy / "docs/teaching.md").read_text(encoding="utf-8").split("### A check of your own")[1]
    blocks = {kind: re.search(rf"```{re.escape(kind)}\n(.*?)```", text, re.DOTALL)[1]
              for kind in ("c++", "python", "toml")}
    (copy / "labs/vm/check/p-check-twins.cc").write_text(blocks["c++"], encoding="utf-8")
    for path, block in (("hidden_checks.py", "python"), ("checks.toml", "toml")):
        with open(copy / "labs/vm" / path, "a", encoding="utf-8") as file:
            file.write("\n" + blocks[block])
    one = ("make", "-s", "grade", "LAB=vm", "CHECK=twins-apart")
    want("   ok " in run(copy, *one), "a check of one's own passes with the solution")
    run(copy, "build/labs.py", "tree", "vm", "4", copy.parent / "vm-4")
    text = run(copy, *one, f"SUBMISSION={copy.parent / 'vm-4'}")
    want("LOST" in text and "expected" in text, "and is lost, and explained, before its step")


def autograder(copy, lab):
    out = copy.parent / "autograder.zip"
    run(copy, "make", "-s", "autograder", f"LAB={lab.name}", f"OUT={out}")
    names = zipfile.ZipFile(out).namelist()
    want({"setup.sh", "run_autograder"} <= set(names), f"the autograder is made: {len(names)} files")


### A class of twenty

def points_by_step(copy, lab):
    import tomllib
    checks = tomllib.loads((copy / "labs" / lab.name / "checks.toml").read_text(encoding="utf-8"))["check"]
    return [sum(check.get("points", 0) for check in checks if check["step"] == step.name and not step.extra)
            for step in lab.steps]


def changed(folder, solution, lab, text):
    """A submission: the solution, with `text` at the top of its first file."""
    for file in lab.files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(solution / file, folder / file)
    path = folder / lab.files[0]
    path.write_text(text + path.read_text(encoding="utf-8"), encoding="utf-8")


def never_end(folder, lab, loop):
    """The first function of a submission comes to no end, and does `loop` again and again."""
    path, name = lab.steps[0].functions[0]
    text = (folder / path).read_text(encoding="utf-8")
    body = text.index("{", re.search(rf"^\S.*\b{name}\(", text, re.MULTILINE).start()) + 1
    (folder / path).write_text(f"{text[:body]} for (;;) {{ {loop}; }} {text[body:]}",
                               encoding="utf-8")


def make_class(copy, lab, solution, folder):
    """{submission: points it must get, or None if that is open}"""
    steps = points_by_step(copy, lab)
    expected = {}
    for n in range(lab.last + 1):
        labs.state_tree(lab, n, folder / f"after step {n}")
        expected[f"after step {n}"] = sum(steps[:n])
    texts = {"does not compile": "int x = ;\n", "includes others": '#include "/etc/passwd"\n',
             "includes itself": "#include __FILE__\n", "reads without end": '#include "/dev/zero"\n',
             "compiles without end": "template <int N> struct X { X<N + 1> a; X<N + 2> b; }; X<0> x;\n"}
    for name, text in texts.items():
        changed(folder / name, solution, lab, text)
        expected[name] = 0
    for name, loop in (("loops", ""), ("fills its log", 'log_printf("more and more\\n")')):
        changed(folder / name, solution, lab, 'void log_printf(const char* format, ...) '
                '__attribute__((format(printf, 1, 2)));\n')
        never_end(folder / name, lab, loop)
        expected[name] = 0
    for name in ("'; touch hurt; '", "näme\nof two lines"):
        changed(folder / name, solution, lab, "")
        expected[name.replace("\n", "\\n")] = 100
    (folder / "nothing").mkdir()
    expected["nothing"] = 0
    with zipfile.ZipFile(folder / "zipped.zip", "w") as archive:
        for file in lab.files:
            archive.write(solution / file, f"work/{file}")
    (folder / "flat").mkdir()
    for file in lab.files:
        shutil.copy(solution / file, folder / "flat")
    changed(folder / "windows", solution, lab, "")
    for file in lab.files:
        data = (folder / "windows" / file).read_bytes()
        (folder / "windows" / file).write_bytes(data.replace(b"\n", b"\r\n"))
    expected.update({"zipped.zip": 100, "flat": 100, "windows": 100})
    for number in range(CLASS - len(expected)):
        changed(folder / f"student {number}", solution, lab, "")
        expected[f"student {number}"] = 100
    return expected


def grade_class(copy, lab, solution):
    folder, out = copy.parent / "the class", copy.parent / "grades"
    folder.mkdir()
    expected = make_class(copy, lab, solution, folder)
    command = ("tests/grade", "--lab", lab.name, "--all", folder, "--out", out)
    text = run(copy, *command)
    with open(out / "grades.csv", encoding="utf-8", newline="") as file:
        rows = {row["submission"].removeprefix("'") if row["submission"][1:2] in "=+-@" else row["submission"]: row
                for row in csv.DictReader(file)}
    wrong = [f"{name}: {rows[name]['points']} points, not {points} ({rows[name]['message']})"
             for name, points in expected.items() if float(rows[name]["points"]) != points]
    wrong += [f"{name}: {row['state']}" for name, row in rows.items() if row["state"] != "finished"]
    want(not wrong, f"a class of {len(rows)} has the grades it should {wrong or ''}\n{text.strip().splitlines()[-1]}")
    again = run(copy, *command)
    want(f"{len(rows)} of {len(rows)}  are graded already" in again, "a second run has nothing to do")


def main(words):
    with scratch.Folder("course") as name:
        copy = pathlib.Path(name) / "kinglet"
        copy.mkdir()
        clean_copy(copy)
        lab = labs.read_lab(words[0] if words else "vm", copy)
        try:
            solution = hand_out(copy, lab)
            if lab.name == "vm":
                own_check(copy)
            autograder(copy, lab)
            grade_class(copy, lab, solution)
        except Unexpected as error:
            print(f"Kinglet: {error}", file=sys.stderr)
            return 1
    return 0


START = time.monotonic()

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
