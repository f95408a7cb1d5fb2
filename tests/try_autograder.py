#!/usr/bin/env python3
"""try_autograder.py - tries a lab's autograder on a machine with nothing on it but Debian

    tests/try_autograder.py [LAB]           as root; takes minutes; the system stays in $OBJ/clean for the next time

Makes a small Debian with debootstrap from this machine's own mirror, puts the autograder into a copy of it as
Gradescope does, runs its setup.sh, then run_autograder for several submissions, with and without bubblewrap there.
Each results.json must say what it should. Not part of `make check`.
"""
import glob
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "build"), str(ROOT / "tests")]
import labs                                                     # noqa: E402
from grading import autograder                                  # noqa: E402
from qemu import Problem, fail                                  # noqa: E402

# Starts a command with the folder $1 as its whole system, as a container does.
ENTER = """mount --make-rprivate / && mount --bind "$1" "$1" && cd "$1" && mkdir -p outside && pivot_root . outside &&
mount -t proc proc /proc && mount -t tmpfs tmpfs /tmp && umount -l /outside && cd /autograder && shift && exec "$@" """


def mirror():
    """(URI, suite) of the first of this machine's package sources that is a Debian."""
    for path in [*glob.glob("/etc/apt/sources.list.d/*.sources"), *glob.glob("/etc/apt/sources.list"),
                 *glob.glob("/etc/apt/sources.list.d/*.list")]:
        text = pathlib.Path(path).read_text(encoding="utf-8")
        uri, suite = (re.search(rf"^{key}: *(\S+)", text, re.MULTILINE) for key in ("URIs", "Suites"))
        if uri and suite and "debian" in uri[1]:
            return uri[1], suite[1]
        if line := re.search(r"^deb (?:\[.*?\] )?(\S*debian\S*) (\S+)", text, re.MULTILINE):
            return line[1], line[2]
    raise Problem("no Debian mirror is named in /etc/apt")


def clean_system(folder):
    """A small Debian in `folder`, made if it is not there yet."""
    mark = folder / "etc" / "kinglet-clean"
    if mark.exists():
        return
    if not shutil.which("debootstrap") or os.geteuid() != 0:
        raise Problem("trying the autograder needs debootstrap, and root")
    uri, suite = mirror()
    print(f"installing {suite} from {uri}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run(["debootstrap", "--variant=minbase", suite, folder, uri], check=True, stdout=subprocess.DEVNULL)
    mark.write_text("", encoding="utf-8")


def enter(system, *command):
    """Runs `command` in /autograder of `system`; returns the CompletedProcess."""
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"}
    return subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER, "enter", system,
                           *command], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)


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
        raise Problem(f"setup.sh failed:\n{end.stdout[-3000:]}")
    print(f"setup.sh: {end.stdout.strip().splitlines()[-1]}", flush=True)


def main(words):
    try:
        lab = labs.read_lab(words[0] if words else "vm")
        clean = pathlib.Path(os.environ.get("OBJ") or ROOT / "obj").resolve() / "clean"
        clean_system(clean / "system")
        with tempfile.TemporaryDirectory(prefix="kinglet-try-") as name:
            work = pathlib.Path(name)
            system = work / "system"
            subprocess.run(["cp", "-a", "--reflink=auto", clean / "system", system], check=True)
            shutil.copy("/etc/resolv.conf", system / "etc/resolv.conf")
            install(lab, system)
            cases = submissions(lab, work)
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
