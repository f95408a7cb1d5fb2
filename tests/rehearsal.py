#!/usr/bin/env python3
"""rehearsal.py - the grading of a class, rehearsed: is it done in time, and does each get what a single grading gives?

    make rehearse [LAB=vm] [CLASS=30] [SINGLE=5]

A class of so many is made of the wrong kernels and right variants of tests/mutants, of messy submissions, and of
dishonest ones. It is graded as docs/teaching.md says, stopped on the way, and resumed; SINGLE of them are graded once
more by themselves, and must come to the same. Nothing may stay behind. Not part of `make check`.
"""
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "mutants"), str(HERE.parent / "build")]
import labs                                                     # noqa: E402
import mutant as mutants                                        # noqa: E402
import scratch                                                  # noqa: E402
from problem import Parser                                      # noqa: E402

STOPPED_AFTER = 0.3                     # of the class
TREE = """template <unsigned long N, int D> struct tree {
    static constexpr unsigned long value = tree<2 * N, D - 1>::value + tree<2 * N + 1, D - 1>::value;
};
template <unsigned long N> struct tree<N, 0> { static constexpr unsigned long value = N; };
unsigned long leaves = tree<1, 40>::value;
"""
DISHONEST = {"templates": TREE, "zero": '#include "/dev/zero"\n', "incbin": 'asm(".incbin \\"../guests/x\\"");\n',
             "rept": 'asm(".pushsection .data\\n.rept 2000000000\\n.quad 1, 2, 3\\n.endr\\n.popsection");\n'}


### Messy submissions: each changes a folder with the lab's files; returns nothing, or what the submission is instead

def zipped(folder, lab):
    shutil.make_archive(str(folder), "zip", folder)
    shutil.rmtree(folder)


def deep(folder, lab):
    inner = folder.with_name("inner")
    folder.rename(inner)
    (folder / "a" / "b" / "c").mkdir(parents=True)
    inner.rename(folder / "a" / "b" / "c" / "work")


def lacks_one(folder, lab):
    (folder / lab.files[0]).unlink()


def is_empty(folder, lab):
    (folder / lab.files[0]).write_text("")


def windows(folder, lab):
    path = folder / lab.files[0]
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def hosted(folder, lab):
    path = folder / lab.files[0]
    path.write_text("#include <vector>\nstd::vector<int> all;\n" + path.read_text())


def other_lab(folder, lab):
    (folder / "lab.json").write_text(json.dumps({"lab": "other"}))


def changed_header(folder, lab):
    shutil.copy(labs.ROOT / "kernel" / "syscall.cc", folder / "kernel" / "syscall.cc")
    with open(folder / "kernel" / "syscall.cc", "a", encoding="utf-8") as file:
        file.write("// mine\n")


def no_archive(folder, lab):
    shutil.rmtree(folder)
    folder.with_suffix(".zip").write_bytes(b"PK nonsense")


def no_folder(folder, lab):
    shutil.rmtree(folder)
    folder.with_suffix(".pdf").write_bytes(b"%PDF")


MESSY = (zipped, deep, lacks_one, is_empty, windows, hosted, other_lab, changed_header, no_archive, no_folder)


### The class

def write_class(lab, count, folder):
    """Writes `count` submissions into `folder`."""
    source = random.Random(count)
    workshop = mutants.Workshop(folder.with_name("workshop"))
    workshop.folder.mkdir()
    known = mutants.read_mutants(lab.name)
    source.shuffle(known)
    folder.mkdir()
    for number in range(count):
        mutant = known[number % len(known)]
        place = folder / f"{number:03}-{mutant.kind}-{mutant.name}"
        shutil.move(workshop.submission(mutant), place)
        if number % 6 == 5:
            mess = MESSY[number // 6 % len(MESSY)]
            place = place.rename(folder / f"{number:03}-messy-{mess.__name__}")
            mess(place, lab)
        elif number % 15 == 7:
            name, text = list(DISHONEST.items())[number // 15 % len(DISHONEST)]
            place = place.rename(folder / f"{number:03}-dishonest-{name}")
            path = place / lab.files[0]
            path.write_text(text + path.read_text(encoding="utf-8"), encoding="utf-8")


def command(lab, *words):
    return [sys.executable, "-B", str(HERE / "grade"), "--lab", lab.name, *map(str, words)]


def left_behind(place):
    """Processes of gradings in `place`, and folders there."""
    found = [path.parent.name for path in pathlib.Path("/proc").glob("[0-9]*/cmdline")
             if f"{place}/kinglet.".encode() in read(path)]
    return found + [path.name for path in pathlib.Path(place).glob("kinglet*")]


def read(path):
    try:
        return path.read_bytes()
    except OSError:                     # gone meanwhile
        return b""


def wait_until_gone(place):
    deadline = time.monotonic() + 60
    while left_behind(place) and time.monotonic() < deadline:
        time.sleep(0.5)
    return left_behind(place)


def grade_class(lab, folder, out, count, environment):
    """Grades it, stopped once on the way. Returns seconds of wall time."""
    start = time.monotonic()
    line = command(lab, "--all", folder, "--out", out)
    with subprocess.Popen(line, env=environment, start_new_session=True) as grading:
        while len(list(out.glob("results/*.json"))) < STOPPED_AFTER * count and grading.poll() is None:
            time.sleep(0.2)
        os.killpg(grading.pid, signal.SIGTERM)
    print(f"stopped after {time.monotonic() - start:.0f} s; what is left: {wait_until_gone(environment['TMPDIR'])}")
    subprocess.run(line, env=environment, check=False)
    return time.monotonic() - start


def verdict(report):
    return report["points"], [(check["id"], check["status"], check["wrong"] and check["wrong"]["found"])
                              for check in report["checks"]]


def differing(lab, folder, out, names, environment):
    """Names of the submissions to which a single grading says something else."""
    found = []
    for name in names:
        alone = out / "alone.json"
        subprocess.run(command(lab, "--json", alone, folder / name), env=environment, check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        one, other = (json.loads(path.read_text(encoding="utf-8")) for path in (out / "results" / f"{name}.json", alone))
        if verdict(one) != verdict(other):
            found.append(name)
    return found


def main():
    parser = Parser(description="Rehearses the grading of a class.")
    parser.add_argument("--lab", default="vm")
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--single", type=int, default=5)
    parser.add_argument("--keep", help="leave the results in this new folder")
    arguments = parser.parse_args()
    lab = labs.read_lab(arguments.lab)
    with scratch.Folder("rehearsal") as name, tempfile.TemporaryDirectory(dir=name) as temporary:
        folder, out = pathlib.Path(name) / "class", pathlib.Path(arguments.keep or f"{name}/grades")
        write_class(lab, arguments.count, folder)
        environment = {**os.environ, "TMPDIR": temporary}
        seconds = grade_class(lab, folder, out, arguments.count, environment)
        text = (out / "overview.txt").read_text(encoding="utf-8")
        reports = sorted(path.stem for path in out.glob("results/*.json"))
        gradable = [each for each in reports if (folder / each).is_dir()]
        sample = random.Random(1).sample(gradable, min(arguments.single, len(gradable)))
        different = differing(lab, folder, out, sample, environment)
        left = wait_until_gone(temporary)
    print(text)
    print(f"{len(reports)} of {arguments.count} submissions have a result, after {seconds:.0f} s; {len(sample)} were graded "
          f"by themselves: {', '.join(different) or 'none'} differ; left behind: {left or 'nothing'}")
    return int(bool(different or left or len(reports) != arguments.count))


if __name__ == "__main__":
    sys.exit(main())
