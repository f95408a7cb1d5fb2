"""Nothing stays in the folders for temporary files: what a killed process leaves goes with the next run."""
import os
import signal
import subprocess
import sys
import time

import functions
import pytest
import qemu
import scratch
from conftest import QEMU, ROOT, clean_environment
from problem import Problem


@pytest.fixture
def place(tmp_path):
    scratch.Folder.swept.discard(str(tmp_path))
    return str(tmp_path)


def test_a_folder_is_there_until_it_is_removed(place):
    with scratch.Folder("test", place) as path:
        assert os.listdir(place) == [os.path.basename(path)] and os.path.basename(path).startswith("kinglet.test.")
    assert os.listdir(place) == []


def test_forgotten_folders_go_and_others_stay(place):
    with scratch.Folder("held", place) as held:
        for name in ("kinglet.run.abc", "kinglet-new.old", "kinglet-new.young", "else"):
            os.makedirs(os.path.join(place, name, "in it"))
        os.symlink(held, os.path.join(place, "kinglet.run.link"))
        os.utime(os.path.join(place, "kinglet-new.old"), (0, 0))
        scratch.sweep(place)
        assert sorted(os.listdir(place)) == sorted(
            [os.path.basename(held), "kinglet-new.young", "else", "kinglet.run.link"])


def test_a_full_folder_for_temporary_files_is_told(tmp_path):
    with pytest.raises(Problem, match=f"there is no room in {tmp_path}/none .* with TMPDIR="):
        scratch.Folder("test", f"{tmp_path}/none")


@pytest.fixture
def quick_place(tmp_path):
    """A folder that a run takes for its own files, if it is told to."""
    if not qemu.quick_folder():
        yield str(tmp_path)
        return
    with scratch.Folder("tests", qemu.quick_folder()) as path:
        yield path


@pytest.mark.parametrize("what", ["run", "suite"])
def test_what_is_killed_leaves_nothing_for_long(what, image, quick_place):
    """Killed by a signal that nobody can catch; then the next run is told from the same folder."""
    run = [sys.executable, str(ROOT / "build" / "run.py"), "headless", "--image", image]
    suite = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_run.py", "-k", "wedged"]
    environment = clean_environment(TMPDIR=quick_place, LOG=os.devnull, QEMU=QEMU, TIME="100000",
                                    OBJ=os.path.dirname(image))
    process = subprocess.Popen(run if what == "run" else suite, env=environment, cwd=ROOT, start_new_session=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not any(name.startswith(f"kinglet.{'run' if what == 'run' else 'tests'}.") for name in os.listdir(quick_place)):
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert os.listdir(quick_place)
    subprocess.run([*run, "--program", "hello"], env={**environment, "TIME": "1"}, check=True, capture_output=True)
    assert os.listdir(quick_place) == []


def test_a_compiler_that_is_killed_has_left_nothing(tree, tmp_path):
    """It is killed while it waits for the rest of its source, a pipe. (make 4.4 has a pipe of its own there.)"""
    folder, _make = tree
    place, pipe = tmp_path / "temporary", folder / "lib" / "pipe.hh"
    place.mkdir()
    os.mkfifo(pipe)
    (folder / "lib" / "string.cc").write_text('#include "pipe.hh"\n')
    process = subprocess.Popen(["make", "-C", folder, "-s", "obj/lib/string.cc.o"], start_new_session=True,
                               env=clean_environment(TMPDIR=str(place)), stderr=subprocess.DEVNULL)
    with open(pipe, "w", encoding="utf-8"):                     # waits until the compiler reads
        during = os.listdir(place)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert [name for name in during + os.listdir(place) if not name.startswith("GMfifo")] == []


def test_ctags_leaves_nothing_for_long(monkeypatch, tmp_path):
    """What it writes lies in a folder that the next run removes, whatever became of it."""
    tool = tmp_path / "bin" / "ctags"
    tool.parent.mkdir()
    tool.write_text('#!/bin/sh\n: > "$TMPDIR/tags.left"\nls -d "$TMPDIR" >&2\nexit 1\n')
    tool.chmod(0o755)
    elsewhere = tmp_path / "temporary"
    elsewhere.mkdir()
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(scratch.tempfile, "tempdir", str(elsewhere))
    with pytest.raises(Problem, match="kinglet.ctags."):
        functions.run_ctags(ROOT / "lib" / "string.cc")
    assert os.listdir(elsewhere) == []
