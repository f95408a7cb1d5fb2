"""planted.py - makes the wrong kernels of tests/mutants/kernel.toml that fuzz and model must find

    planted.py FINDER...        each is built in a folder of its own, and run by these finders until
                                it fails: what was found is printed, and how short a run shows it

`make check-planted` does both for all. ONLY="shrink syscall_kill": for those functions only.
"""
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "build"), str(ROOT / "tests" / "mutants")]
import mutant as mutants                                        # noqa: E402
import scratch                                                  # noqa: E402

FINDERS = ("fuzz", "model")


def build(bug, folder, built, target):
    """Builds `target` of these sources with one mistake, in a copy whose outputs start as those in
    `built`. Returns the folder of its outputs."""
    tree = pathlib.Path(folder) / "tree"
    for name in "boot", "build", "kernel", "lib", "tests", "user":
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Makefile", tree)
    left = shutil.ignore_patterns("unit", "grader", "without-*", "*.img", "san", "coverage*", "ccache", "clean", "labs",
                                  "prove*", "python")
    shutil.copytree(built, tree / "obj", ignore=left)
    if bug.path.endswith(".hh"):                    # who depends on it is noted by the outputs' old names
        for source in (tree / "kernel").rglob("*.cc"):
            source.touch()
    (tree / bug.path).write_text(bug.source(), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "OBJ")}
    subprocess.run(["make", "-C", str(tree), "-s", f"obj/{target}"], env=environment, check=True, timeout=200,
                   stdout=subprocess.DEVNULL)
    image = (tree / "obj" / target).read_bytes()
    assert image != pathlib.Path(built, target).read_bytes(), f"{bug.name}: its image is the right one"
    return tree / "obj"


def read_bugs(names=()):
    """Those that fuzz or model must find, of these functions or all."""
    found = mutants.read_kernel_mutants()[0]
    return [each for each in found if set(FINDERS) & set(each.found_by) and each.is_meant(names)]


def find(finder, bug):
    """Whether `make fuzz` or `make model` finds the bug, within a minute."""
    print(f"--- {finder}: {bug.name}: {bug.instead or 'without ' + bug.was}", flush=True)
    with scratch.Folder("planted") as folder:
        image = "failing.img" if finder == "model" else "kinglet-test.img"
        built = build(bug, folder, ROOT / (os.environ.get("OBJ") or "obj"), image)
        settings = {"SEED": "1", "MINUTES": "1", "OBJ": str(built)}
        return subprocess.run([sys.executable, f"{ROOT}/tests/{finder}.py", "run"], check=False,
                              env={**os.environ, **settings}).returncode != 0


def main():
    bugs = read_bugs(os.environ.get("ONLY", "").replace(",", " ").split())
    missed = [f"{finder}: {bug.name}" for finder in sys.argv[1:] for bug in bugs
              if finder in bug.found_by and not find(finder, bug)]
    print(f"missed: {', '.join(missed)}" if missed else f"{len(bugs)} kernels: all found")
    return 1 if missed or not bugs else 0


if __name__ == "__main__":
    sys.exit(main())
