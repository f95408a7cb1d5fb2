#!/usr/bin/env python3
"""try_autograder.py - tries a lab's autograder on a machine with nothing on it but Debian

    tests/try_autograder.py [LAB]           as root; takes minutes; the system stays in $OBJ/clean for the next time

Makes a small Debian with debootstrap from this machine's own mirror, puts the autograder into a copy of it as
Gradescope does, runs its setup.sh, then run_autograder for several submissions, with and without bubblewrap there.
Each results.json must say what it should. Not part of `make check`.
"""
import json
import os
import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "build"), str(ROOT / "tests")]
import clean_debian                                             # noqa: E402
import labs                                                     # noqa: E402
import scratch                                                  # noqa: E402
from grading import autograder                                  # noqa: E402
from problem import Problem, fail                               # noqa: E402

FOLDER = "/autograder"


def enter(system, *command):
    """Runs `command` in /autograder of `system`; returns the CompletedProcess."""
    return clean_debian.enter(system, *command, folder=FOLDER, environment={"LC_ALL": "C.UTF-8"})


def submissions(lab, work):
    """{name: (folder, what is expected of results.json)}"""
    states = {}
    for name, n in (("solved", lab.last), ("as it begins", 0)):
        states[name] = labs.state_tree(lab, n, work / name) or work / name
    flat, broken, nosy = (work / name for name in ("flat", "broken", "nosy"))
    flat.mkdir()
    for path in lab.files:
        shutil.copy(work / "solved" / path, flat)
    hidden = f"/autograder/source/kinglet/labs/{lab.name}/checks.toml"
    for folder, text in ((broken, "int x = ;"), (nosy, f'#include "{hidden}"')):
        shutil.copytree(work / "solved", folder)
        path = folder / lab.files[0]
        path.write_text(text + "\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    return {"solved": (work / "solved", full), "flat": (flat, full), "as it begins": (work / "as it begins", nothing),
            "broken": (broken, nothing), "nosy": (nosy, nothing_told)}


def full(results, possible):
    score = sum(test["score"] for test in results["tests"])
    lost = [f"{test['name']}: {test['output'][:400]}" for test in results["tests"] if test["status"] != "passed"]
    return None if score >= possible else "\n  ".join([f"{score} of {possible} points", *lost])


def nothing(results, _possible):
    score = sum(test["score"] for test in results["tests"])
    return f"{score} points" if score else None


def nothing_told(results, possible):
    if "[[check" in json.dumps(results) or "property" in json.dumps(results):
        return "the compiler has shown the grader's own files"
    return nothing(results, possible)


def grade(system, folder):
    """The results.json of one submission, and what was printed."""
    place = system / "autograder"
    for name in ("submission", "results"):
        shutil.rmtree(place / name, ignore_errors=True)
    shutil.copytree(folder, place / "submission", ignore=shutil.ignore_patterns("obj"))
    end = enter(system, "./run_autograder")
    path = place / "results" / "results.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"tests": []}, end


def try_all(system, cases, possible, how):
    """Grades each of the cases; returns how many went wrong."""
    wrong = 0
    for name, (folder, expected) in cases.items():
        results, end = grade(system, folder)
        problem = expected(results, possible) if end.returncode == 0 else end.stdout[-2000:]
        confined = results.get("extra_data", {}).get("confined")
        if confined != (how == "confined"):
            problem = problem or f"confined: {confined}"
        seconds = results.get("execution_time", 0)
        print(f"{how:12} {name:14} {seconds:6.1f} s  {problem or 'as it should be'}", flush=True)
        wrong += bool(problem)
    return wrong


def install(lab, system):
    """Does what Gradescope does with an uploaded autograder."""
    archive = system / "autograder.zip"
    print(autograder.autograder(lab.name, archive), flush=True)
    place = system / "autograder"
    place.mkdir()
    shutil.unpack_archive(archive, place / "source")
    shutil.copy(place / "source" / "run_autograder", place)
    for script in ("run_autograder", "source/setup.sh"):
        (place / script).chmod(0o755)
    end = enter(system, "source/setup.sh")
    if end.returncode:
        print(end.stdout[-3000:])
        raise Problem(f"setup.sh ended with status {end.returncode}")
    print(f"setup.sh: {end.stdout.strip().splitlines()[-1]}", flush=True)


def main(words):
    try:
        lab = labs.read_lab(words[0] if words else "vm")
        clean_debian.check_possible("make check-autograder")
        clean = pathlib.Path(os.environ.get("OBJ") or ROOT / "obj").resolve() / "clean"
        suite = clean_debian.chosen_suite()
        with clean_debian.copy(clean_debian.install(clean / suite / "system", suite), suite) as system, \
                scratch.Folder("try") as work:
            install(lab, system)
            cases = submissions(lab, pathlib.Path(work))
            checks = autograder.lab_handout.read_checks(lab)["check"]
            possible = sum(check.get("points", 0) for check in checks)
            wrong = try_all(system, cases, possible, "confined")
            (system / "usr/bin/bwrap").unlink()
            wrong += try_all(system, cases, possible, "limits alone")
        return int(wrong > 0)
    except Problem as problem:
        return fail(problem)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
