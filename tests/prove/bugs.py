"""bugs.py - makes each wrong kernel of tests/mutants/kernel.toml that prove must find, and sees whether it does

Called by make with the folder of what is built, and what compiles and links; with names of functions, makes only
theirs. Prints a line for each; status 1 if one was not found.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "build"), str(ROOT / "tests" / "mutants")]

import mutant as mutants                # noqa: E402
from problem import Problem                                     # noqa: E402

# What is tried on a kernel with a bug, until something finds it
TRIES = [("everything", 2), ("everywhere", 2), ("everything", 3), ("everywhere", 3), ("processes", 4), ("far", 4),
         ("border", 4), ("scarce", 4), ("promises", 4), ("copies", 4), ("pages", 4), ("processes", 5), ("far", 5),
         ("border", 5), ("scarce", 6), ("promises", 5), ("copies", 5), ("pages", 5)]
APART = "kernel/page/pageinfo.cc"
READER = "tests/prove/reading.cc"
LONGEST_TRY = 600                       # seconds


def kernel_of(bug):
    """The kernel in which prove finds it; None if others do."""
    words = [each for each in bug.found_by if each.startswith("prove")]
    return words[0].partition("-")[2] or "all" if words else None


def read_bugs(names=()):
    """Those of these functions, or all."""
    return [each for each in mutants.read_kernel_mutants()[0] if kernel_of(each) and each.is_meant(names)]


def folder_of(bug):
    """The name of the folder in which it is built."""
    name = bug.name.rpartition("/")[2].replace(":", "-", 1)
    return re.sub(r"[^\w.-]", lambda found: f"{ord(found[0]):x}", name)


def run(command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Problem(f"{' '.join(command[:1])} fails: {(done.stderr + done.stdout).strip()[:600]}")


def build(options, bug):
    """Build the kernel with the bug; returns the program's path. For a bug in a header all sources are compiled as one,
    which is faster; but not the one that has `kalloc`, whose calls the linker must see. Of what is ours, only what
    tries the reading functions has the bug too."""
    folder = options.obj / "prove-bugs" / folder_of(bug)
    changed = folder / "source" / bug.path
    changed.parent.mkdir(parents=True, exist_ok=True)
    changed.write_text(bug.source(), encoding="utf-8")
    compiled = {bug.path: changed}
    objects = (options.obj / "prove" / f"prove-{kernel_of(bug)}.objects").read_text(encoding="utf-8").split()
    sources = [each.removeprefix(f"{options.obj}/prove/").removesuffix(".o") for each in objects]
    if bug.path.endswith(".hh"):
        together = [each for each in sources if each.startswith("kernel/") and each != APART]
        whole = folder / "source" / "kernel" / "whole.cc"
        whole.write_text("".join(f'#include "{each}"\n' for each in together), encoding="utf-8")
        compiled = {"kernel/whole.cc": whole, APART: ROOT / APART, READER: ROOT / READER}
        sources = ["kernel/whole.cc"] + [each for each in sources if each not in together]
    made = {}
    for source, path in compiled.items():
        made[source] = folder / f"{source}.o"
        made[source].parent.mkdir(parents=True, exist_ok=True)
        compiler, *flags = shlex.split(options.compile)
        run([compiler, "-iquote", str(folder / "source" / "kernel"), *flags, "-w", "-c", str(path), "-o",
             str(made[source])])
    linked = [str(made.get(each, options.obj / "prove" / f"{each}.o")) for each in sources]
    run([*shlex.split(options.link), *linked, "-o", str(folder / "prove")])
    return folder / "prove"


def find(options, bug):
    """What is said of the bug; None if nothing finds it."""
    program = build(options, bug)
    for scene, operations in TRIES:
        done = subprocess.run([program, kernel_of(bug), scene, str(operations)], capture_output=True, text=True,
                              errors="replace", timeout=LONGEST_TRY, check=False,
                              env={**os.environ, "ASAN_OPTIONS": "symbolize=0"})
        if done.returncode != 0:
            said = [line for line in done.stderr.splitlines() if line.startswith(("Kinglet:", "SUMMARY:"))]
            return said[-1].removeprefix("Kinglet: ") if said else f"status {done.returncode}"
    return None


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--obj", type=pathlib.Path, required=True)
    parser.add_argument("--compile", required=True)
    parser.add_argument("--link", required=True)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    bugs = read_bugs(options.names)
    missed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        futures = {pool.submit(find, options, bug): bug for bug in bugs}
        for future in concurrent.futures.as_completed(futures):
            bug = futures[future]
            try:
                said = future.result()
            except (Problem, subprocess.TimeoutExpired) as problem:
                said, missed = None, missed + 1
                print(f"not tried  {bug.name}: {problem}", flush=True)
                continue
            missed += said is None
            print(f"{'found' if said else 'NOT FOUND'}  {bug.name}: {said or bug.instead}", flush=True)
    print(f"{len(bugs)} bugs were planted, {len(bugs) - missed} found")
    return 1 if missed or not bugs else 0


if __name__ == "__main__":
    sys.exit(main())
