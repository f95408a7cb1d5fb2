"""conftest.py - what all tests share

Fixtures: `image` and `test_image` (paths of the disk images), `kernel_elf` and `test_kernel_elf`, `machine` (starts
private machines), `make` (runs make), `tree` (a copy of the sources). Outputs are looked for in $OBJ, which `make
check` sets; every machine has its log, its monitor and its temporary files to itself, so tests may run side by side.
"""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
OBJ = ROOT / (os.environ.get("OBJ") or "obj")
sys.path.insert(0, str(ROOT / "build"))
import labs                                                     # noqa: E402
import qemu                                                     # noqa: E402
import scratch                                                  # noqa: E402
import order                                                    # noqa: E402
from sanitized import SANITIZED, pytest_runtest_setup          # noqa: E402,F401 pylint: disable=unused-import
from order import pytest_collection_modifyitems                 # noqa: E402,F401 pylint: disable=unused-import

pytest_plugins = ["toy_lab"]

# The user's settings for make must not reach a test.
SETTINGS = ("BOOT CC D DATA DATADISK DISK GDB GDBFLAGS GDBPORT ICOUNT KVM LOG MAKEFLAGS MAKELEVEL MAKEOVERRIDES "
            "MEMORY MFLAGS OBJ ONLY OPT OUT PARTS PYTEST ROOMS SAN SEED CALLS MINUTES SECONDS SEQUENCE OPERATIONS TIME "
            "TOOLPREFIX V WITHOUT DISPLAY WAYLAND_DISPLAY").split()
QEMU = os.environ.get("QEMU") or "qemu-system-x86_64"
# QEMU starts with an eighth less work in large pages (glibc 2.35; elsewhere this means nothing).
os.environ.setdefault("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1")
EVERYTHING = bool(os.environ.get("EVERYTHING"))         # make check-long


def sample(cases, one_in):
    """Cases of which each costs much and shows little that its neighbours do not: one in so many, from the last one
    backwards. With `make check-long`, all."""
    return cases if EVERYTHING else cases[::-one_in]


def built(name):
    """The path of something in $OBJ; with SAN=1, of what is there with sanitizers, if it is."""
    path = OBJ / "san" / name
    if not SANITIZED or not path.exists():
        path = OBJ / name
    if not path.exists():
        pytest.fail(f"{path} is not built: use make check")
    return str(path)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """The tests' own folders lie in one that goes when all is well, and with the next run if it is not."""
    if not hasattr(config, "workerinput") and not config.option.basetemp:
        config.scratch = scratch.Folder("tests")
        config.option.basetemp = os.path.join(config.scratch.path, "of")


def pytest_sessionfinish(session, exitstatus):
    if hasattr(session.config, "scratch") and exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.config.scratch.remove()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return order.scheduler(config, log)


@pytest.fixture(scope="session")
def image():
    return built("kinglet.img")


@pytest.fixture(scope="session")
def test_image():
    return built("kinglet-test.img")


@pytest.fixture(scope="session")
def kernel_elf():
    return built("kernel.elf")


@pytest.fixture(scope="session")
def test_kernel_elf():
    return built("kernel-test.elf")


@pytest.fixture
def machine(test_image):
    """machine(words, image=..., **settings): a started `qemu.Machine`, ended when the test ends. The default image has
    all programs; settings are the fields of `qemu_options.Settings`."""
    started = []

    def start(words="", image=test_image, **settings):
        settings.setdefault("qemu", QEMU)
        started.append(qemu.Machine(str(image), words=words, **settings))
        return started[-1]

    yield start
    for each in started:
        each.close()


def comes(machine, text, seconds):
    """Waits until `text` is in the machine's log, at most so many seconds of its time. The log is
    read again after the clock, which may have gone far on since it was read before. Returns
    whether it came."""
    while text not in machine.log():
        if machine.virtual_time() > seconds:
            return text in machine.log()
    return True


def clean_environment(**more):
    environment = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    return {**environment, "TERM": "xterm", **more}


@pytest.fixture
def make(tmp_path):
    """make(*arguments, **environment): runs make here with these, its log in the test's own folder; returns a
    CompletedProcess with `stdout` and `stderr` as text."""
    def run(*arguments, timeout=300, **environment):
        defaults = [f"LOG={tmp_path}/log.txt", f"OBJ={os.environ.get('OBJ') or 'obj'}", f"QEMU={QEMU}",
                    f"PYTHON={sys.executable}"]
        return subprocess.run(["make", "-C", str(ROOT), "--no-print-directory", *defaults, *arguments], text=True,
                              env=clean_environment(**environment), stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=timeout, check=False)
    return run


FOLDERS = ["boot", "build", "kernel", "lib", "tests", "user"]
FEW_PROGRAMS = ("allocator", "fork", "hello")


def left_out(folder, names):
    """What a copy of the sources does without: most programs, since each costs its time."""
    programs = {name for name in names if name.startswith("p-") and name[2:].partition(".")[0] not in FEW_PROGRAMS}
    return {"__pycache__"} | (programs if pathlib.Path(folder).name in ("user", "programs") else set())


# What a copy of the sources begins with, beside objects
BUILT_TOO = ("*.stamp", "*.ld", "*.ld.d", "lib.a", "user.a", "stage*.elf", "stage*.bin")


def begin_with_what_is_built(folder):
    """Gives those sources in `folder` that are as here the ages that they have here, and copies to
    its obj what was built of them here; the others are new. So make there compiles what differs,
    and no more. Plain rooms are left out: few kernels have them."""
    for path in labs.files_below(folder):
        source, item = ROOT / path, OBJ / f"{path}.o"
        if not source.is_file() or not labs.same(source, folder / path):
            os.utime(folder / path)
            continue
        shutil.copystat(source, folder / path)
        if item.is_file() and not path.endswith("_none.cc"):
            (folder / "obj" / path).parent.mkdir(parents=True, exist_ok=True)
            for name in (item, item.with_name(f"{item.name}.d")):
                shutil.copy2(name, (folder / "obj" / path).parent)
    for pattern in BUILT_TOO:
        for item in OBJ.glob(pattern):
            shutil.copy2(item, folder / "obj")


@pytest.fixture
def tree(tmp_path):
    """A copy of the sources to change, with few programs, partly built, and make for it."""
    copy = tmp_path / "tree"
    copy.mkdir()
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, copy / folder, ignore=left_out)
    shutil.copy(ROOT / "Makefile", copy)
    begin_with_what_is_built(copy)

    def run(*arguments, fails=False):
        result = subprocess.run(["make", "-C", str(copy), "--no-print-directory", *arguments], text=True, timeout=300,
                                env=clean_environment(), stdin=subprocess.DEVNULL, capture_output=True, check=False)
        assert (result.returncode != 0) == fails, result.stdout + result.stderr
        return result.stderr if fails else result.stdout
    return copy, run


def steps(output, kind):
    """The outputs of the steps of `kind` (CXX, LD, ...) that make took."""
    return re.findall(rf"^  {kind} +(\S+)", output, re.MULTILINE)


def what_clang_says(folder, paths):
    """What clang says of these sources below `folder`, as make there has it compile them: one process reads them all."""
    asked = subprocess.run(["make", "-C", str(folder), "-s", "--no-print-directory", "CC=clang", "OBJ=obj", "--eval="
                            "flags: ; @echo '$(TARGET_CXX) $(CXX_FLAGS) $(FOR_PROGRAMS)'", "flags"], text=True,
                           env=clean_environment(), capture_output=True, check=True).stdout.split()
    told = subprocess.run([*asked, "-fsyntax-only", "-###", paths[0]], cwd=folder, capture_output=True, text=True,
                          check=True).stderr
    *command, last = [word for word in shlex.split(told.splitlines()[-1]) if word != "-fcolor-diagnostics"]
    assert last == paths[0]
    result = subprocess.run([*command, *paths], cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0 or result.stderr
    return result.stderr


def script(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
