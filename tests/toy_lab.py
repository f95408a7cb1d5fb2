"""toy_lab.py - a small lab made for the tests of the grader, and fixtures to grade it

The finished kernel, of which a student may change kernel/syscall.cc. Its first check sees pages grow, its second that
the kernel is out of reach; the third is hidden, and so is its program.
"""
import json
import re
import shutil

import pytest
from conftest import ROOT, begin_with_what_is_built

from grading import build, result, submission
from grading.lab import Lab

LAB = """
title = "Toy"
files = ["kernel/syscall.cc"]
[[step]]
name = "grow"
[[step]]
name = "rest"
"""
CHECKS = """
[[check]]
id = "grows"
step = "grow"
title = "Pages come"
points = 60
program = "check-grow"
property = "grows"
seconds = 0.1
[[check.scenario]]
seed = 5

[[check]]
id = "kernel"
step = "grow"
title = "The kernel is out of reach"
points = 30
program = "check-grow"
property = "kernel_out_of_reach"
seconds = 0.1
[[check.scenario]]
seed = 5

[[check]]
id = "after"
step = "rest"
title = "It goes on"
points = 10
needs = ["grows"]
program = "check-rest"
property = "grows"
visibility = "hidden"
seconds = 0.1
"""
PROPERTIES = """
from memory import CONSOLE_ADDR, PROC_START_ADDR

def grows(run):
    for count, moment in enumerate(run.moments("grown", least=4)):
        va, number = moment.args[0], moment.args[1]
        mapping = moment.lookup(va)
        if not mapping or mapping.pa // 4096 not in run.memory_pages:
            run.wrong(moment, "a page of memory", "none", va=va)
        if int.from_bytes(moment.physical(mapping.pa, 8), "little") != number:
            run.wrong(moment, "what was written", "something else", va=va, pa=mapping.pa, entry=mapping.entry)
        if number >> 32 != run.seed:
            run.wrong(moment, "the seed", "another")

def kernel_out_of_reach(run):
    for moment in run.moments():
        for each in moment.mappings():
            if each.va < PROC_START_ADDR and each.user and each.va != CONSOLE_ADDR:
                run.wrong(moment, "no access", "access", va=each.va, pa=each.pa, entry=each.entry)
"""
PROGRAM = """
#include "u-check.hh"   // a secret: violets are blue
const char* secret = "violets are blue";
void process_main() {
    check_begin();
    if (!secret) return;
    auto page = reinterpret_cast<volatile uint64_t*>(round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE));
    for (uint64_t i = 0; i < 4; ++i, page += PAGESIZE / 8) {
        sys_page_alloc(const_cast<uint64_t*>(page));
        page[0] = check_seed << 32 | i;
        moment("grown", page, page[0]);
    }
    check_done();
}
"""
RIGHT = "return p.space().page_alloc(va);"


def write_root(folder):
    """Writes a hand-out of the toy lab, with the grader, into the new folder `folder`."""
    for name in ("boot", "build", "kernel", "lib"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "user", folder / "user", ignore=shutil.ignore_patterns("p-*"))
    for place, pattern in (("user", "p-hello.cc"), ("tests", "problems.py"), ("tests", "grade"),
                           ("tests/grading", "*.py"), (".", "Makefile")):
        (folder / place).mkdir(exist_ok=True)
        for path in (ROOT / place).glob(pattern):
            if path.is_file():
                shutil.copy(path, folder / place)
    shutil.copy(ROOT / "labs" / "u-check.hh", folder / "user")
    lab = folder / "labs" / "toy"
    (lab / "check").mkdir(parents=True)
    for name, text in {"lab.toml": LAB, "checks.toml": CHECKS, "checks.py": PROPERTIES,
                       "check/p-check-grow.cc": PROGRAM.replace("violets", "roses"),
                       "check/p-check-rest.cc": PROGRAM}.items():
        (lab / name).write_text(text)
    digests = submission.digests_of(folder)
    digests.pop("kernel/syscall.cc")
    (folder / "lab.json").write_text(json.dumps({"lab": "toy", "digests": digests}))


def write_submission(folder, body=RIGHT, more=""):
    """Writes a submission of the toy lab into `folder`: `body` is that of `syscall_page_alloc`, `more` stands above."""
    text = (ROOT / "kernel" / "syscall.cc").read_text()
    assert text.count(RIGHT) == 1
    (folder / "kernel").mkdir(parents=True, exist_ok=True)
    includes = "".join(f'#include "{name}"\n' for name in ("device/power.hh", "process/program_image.hh", "x86-64.hh"))
    (folder / "kernel" / "syscall.cc").write_text(f"{includes}{more}\n{text.replace(RIGHT, body)}")


@pytest.fixture(scope="session")
def root(tmp_path_factory):
    """A hand-out of the toy lab, with the grader."""
    folder = tmp_path_factory.mktemp("toy") / "hand-out"
    write_root(folder)
    tree = folder / "obj" / "grader" / "toy" / "tree"           # the grader's, which begins with what is built
    shutil.copytree(folder, tree, ignore=shutil.ignore_patterns("obj", "labs", "tests"))
    begin_with_what_is_built(tree)
    return folder


@pytest.fixture
def submit(tmp_path):
    """submit(body of syscall_page_alloc, further text of the file): a submission's folder."""
    def write(body=RIGHT, more=""):
        write_submission(tmp_path / "submission", body, more)
        return tmp_path / "submission"
    return write


@pytest.fixture
def grade(root):
    """grade(folder): {check: Result}, and the submission, built."""
    def run(folder):
        lab = Lab("toy", str(root))
        work = build.Submission(lab, build.Tree(lab, root / "obj"), folder)
        try:
            results = result.Grading(lab, lab.chosen(), work.built).run()
            return {each.id: each for each in results}
        finally:
            work.close()
    return run


