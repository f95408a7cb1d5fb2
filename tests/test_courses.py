"""Programs as courses' hand-outs have them, in tests/courses/: they compile unchanged, and reach their end.

Those that come to an end are run one after the other by tests/courses/runner/p-run.cc, in one run of the machine.
"""
import functools
import pathlib
import re
import subprocess

import pytest
import qemu
from conftest import EVERYTHING, QEMU, ROOT, built

COURSES = ROOT / "tests" / "courses"
ENDLESS = {"cs300-2026-fork", "cs61-2018-allocator", "cs61-2018-forkexit", "cs61-2024-allocator", "cs61-2024-exit",
           "cs61-2024-fork", "cs61-2025-exit", "nyu-allocator", "nyu-forkexit"}
STANDARD = ("stdint.h stddef.h stdarg.h stdbool.h limits.h string.h strings.h stdlib.h stdio.h assert.h ctype.h "
            "setjmp.h unistd.h sys/types.h new type_traits utility initializer_list bit concepts compare cstdint "
            "cstddef cstdlib cstring cstdio cctype cassert climits")
ONLY_GCC = "tuple atomic algorithm limits array memory iterator span string_view optional functional numeric"

pytestmark = pytest.mark.skipif(not (COURSES / "runner").is_dir(), reason="a hand-out has no programs of courses")


def sources():
    """{a program's name: its source}"""
    return {f"{path.parent.name}-{path.stem[2:]}": path for path in COURSES.glob("*/p-*.c*")}


@pytest.fixture(scope="module")
def image():
    return built("kinglet-courses.img")


@functools.cache
def run(image, words):
    with qemu.Machine(image, words=f"{words} view=off audit=on", qemu=QEMU) as machine:
        outcome = machine.run(1200 if EVERYTHING else 120)
        return outcome, machine.log().splitlines()


def test_there_are_at_least_40_programs_of_courses_each_of_them_run():
    text = (COURSES / "runner" / "p-run.cc").read_text()
    listed = set(re.findall(r'"([\w-]+)"[,\n]', text))
    assert listed | ENDLESS == set(sources()) - {"runner-run"}
    assert len(listed) >= 40


def test_programs_of_courses_reach_their_end(image):
    outcome, log = run(image, "runner-run stop=6000")
    ended = dict(match.groups() for match in (re.match(r"log pid=1: ([\w-]+): (.*)", line) for line in log) if match)
    wrong = {name: ended.get(name) for name in set(sources()) - ENDLESS - {"runner-run"}
             if not re.fullmatch(r"spawned \d+, status 0", ended.get(name, ""))}
    assert wrong == {}, [line for line in log if line.startswith(("panic", "fault"))]
    assert outcome.status in (qemu.EXIT_CLEAN, qemu.EXIT_FAULT) and int(log[-1].rpartition("tick=")[2]) < 6000
    assert not [line for line in log if line.startswith(("audit:", "warning", "kernel"))]


@pytest.mark.parametrize("name", [*sorted(ENDLESS), "cs61-2024-exit fork=copy"])
def test_programs_without_end_go_on_and_use_memory(image, name):
    ticks = 6000 if EVERYTHING else 50
    outcome, log = run(image, f"{name} stop={ticks}")
    assert (outcome.kind, outcome.status) == ("exit", qemu.EXIT_CLEAN), log[-3:]
    assert log[-1].endswith(f"tick={ticks}")
    assert not [line for line in log if line.startswith(("audit:", "warning", "kernel", "fault", "panic"))]


### Headers

def compiled(make, tmp_path, text, suffix="cc", compiler="gcc"):
    """Compiles a program; returns what was said, empty if all is well."""
    source = pathlib.Path(tmp_path) / f"p-x.{suffix}"
    source.write_text(text)
    flags = make("--eval", "flags:; @echo 'C: $(TARGET_CC) $(C_FLAGS)'; echo 'X: $(TARGET_CXX) $(CXX_FLAGS)'", "flags",
                 f"CC={compiler}").stdout
    line = re.search(rf"^{'C' if suffix == 'c' else 'X'}: (.*)$", flags, re.MULTILINE)[1].split()
    done = subprocess.run([*line, "-iquote", "user", "-I", "user/include", "-fsyntax-only", str(source)], cwd=ROOT,
                          text=True, capture_output=True, check=False)
    return done.stderr


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_standard_headers_may_come_before_or_after_u_lib(make, tmp_path, compiler, order):
    names = STANDARD.split() + (ONLY_GCC.split() if compiler == "gcc" else [])
    includes = "".join(f"#include <{name}>\n" for name in names)
    own = '#include "u-lib.hh"\n'
    text = includes + own if order == "before" else own + includes
    assert compiled(make, tmp_path, text + "void process_main() { sys_exit(atoi(strrchr(\"=0\", '=') + 1)); }\n",
                    compiler=compiler) == ""


@pytest.mark.parametrize("suffix, text, complaint", [
    ("cc", '#include "u-lib.hh"\nint memcpy;\n', "memcpy"),
    ("cc", '#include "u-lib.hh"\nvoid process_main() { sys_open("a", 0); }\n', "sys_open"),
    ("c", '#include "compat/xv6.h"\nint main(void) { return open("a", 0); }\n', "open"),
    ("c", '#include "u-lib.h"\nint main(void) { sys_getpid(1); }\n', "too many arguments"),
])
def test_a_name_that_conflicts_or_is_missing_is_told(make, tmp_path, suffix, text, complaint):
    assert complaint in compiled(make, tmp_path, text, suffix)
