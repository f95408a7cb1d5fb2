"""test_sandbox.py - what the grader takes from a submission, and how it is confined"""
import io
import os
import re
import signal
import subprocess
import sys
import tarfile
import zipfile

import pytest

from grading import sandbox, submission
from problem import Problem

needs_bubblewrap = pytest.mark.skipif(sandbox.problem() is not None, reason=f"{sandbox.problem()}")


### What a submission is

LAB_FILES = ["kernel/memory/pages.cc", "kernel/start.cc"]
HANDED_IN = {"kernel/memory/pages.cc": b"pages\r\n", "kernel/start.cc": b"start"}


def make_tree(folder, files):
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def under(prefix, files):
    return {prefix + path: data for path, data in files.items()}


SHAPES = {
    "as the lab has them": HANDED_IN,
    "a folder around them": under("kinglet vm/", HANDED_IN),
    "two folders around them": under("a/b/", HANDED_IN),
    "four folders around them": under("a/b/c/d/", HANDED_IN),
    "the files alone": {os.path.basename(path): data for path, data in HANDED_IN.items()},
    "the files alone in a folder": {f"work/{os.path.basename(path)}": data for path, data in HANDED_IN.items()},
    "with a Mac's extra files": {**HANDED_IN, **under("__MACOSX/", under("x/", HANDED_IN)), ".DS_Store": b""},
    "with much else": {**HANDED_IN, "kernel/start.hh": b"", "obj/kernel/start.cc": b"old", ".git/start.cc": b"old"},
}


def pack(path, files):
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
    else:
        with tarfile.open(path, "w:gz") as archive:
            for name, data in files.items():
                member = tarfile.TarInfo(f"./{name}")
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    return path


@pytest.mark.parametrize("shape", SHAPES)
def test_a_submissions_files_are_found_in_folders_and_archives(tmp_path, shape):
    files = SHAPES[shape]
    for path in (make_tree(tmp_path / "folder", files), pack(tmp_path / "a.zip", files),
                 pack(tmp_path / "a.tgz", files)):
        assert submission.collect(path, LAB_FILES) == HANDED_IN, path


def test_a_missing_file_is_left_out_and_what_lies_beside_comes_along(tmp_path):
    make_tree(tmp_path, {"w/kernel/start.cc": b"start", "w/lab.json": b"{}", "lab.json": b"other"})
    assert submission.collect(tmp_path, LAB_FILES) == {"kernel/start.cc": b"start", "lab.json": b"{}"}


@pytest.mark.parametrize("files, sentence", [
    ({"main.c": b""}, "none of the lab's files"),
    ({**under("first/", HANDED_IN), **under("second/", HANDED_IN)}, "twice, in first and second"),
    ({"kernel/start.cc": b"x" * ((1 << 20) + 1)}, "longer than 1 MiB")])
def test_what_is_wrong_with_a_submission_is_said_in_a_sentence(tmp_path, files, sentence):
    with pytest.raises(Problem, match=sentence):
        submission.collect(make_tree(tmp_path, files), LAB_FILES)


def test_what_was_changed_beside_the_labs_files_is_known(tmp_path):
    make_tree(tmp_path / "tree", {"kernel/same.hh": b"a\nb\n", "kernel/other.hh": b"x", "user/p-a.cc": b"x"})
    make_tree(tmp_path / "in", {"w/" + path: data for path, data in {
        **HANDED_IN, "kernel/same.hh": b"a\r\nb\r\n", "kernel/other.hh": b"y", "kernel/new.hh": b"", "user/p-b.cc": b"",
        "user/p-a.cc": b"x", "kernel/notes.txt": b"", "obj/kernel/other.hh": b"z"}.items()})
    found = submission.collect(tmp_path / "in", LAB_FILES, folders=submission.SOURCES)
    assert submission.others(found, LAB_FILES, submission.digests_of(tmp_path / "tree")) == {
        "kernel/new.hh": b"", "kernel/other.hh": b"y"}


@needs_bubblewrap
def test_changes_that_are_not_committed_are_known_and_a_repository_starts_no_program(tmp_path):
    folder = make_tree(tmp_path / "in", HANDED_IN)
    for words in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a", "commit", "-qm", "a"],
                  ["config", "core.fsmonitor", f"touch {tmp_path}/started"],
                  ["config", "filter.x.clean", f"touch {tmp_path}/started; cat"]):
        subprocess.run(["git", "-C", folder, *words], check=True)
    (folder / ".git/info/attributes").write_text("* filter=x\n")
    assert submission.uncommitted(folder, LAB_FILES) == []
    (folder / "kernel/start.cc").write_bytes(b"changed")
    assert submission.uncommitted(folder, LAB_FILES) == ["kernel/start.cc"]
    assert not (tmp_path / "started").exists()


def test_no_link_is_followed_and_nothing_is_waited_for(tmp_path):
    make_tree(tmp_path / "x", {"kernel/memory/pages.cc": b"pages"})
    os.symlink("/etc/passwd", tmp_path / "x/kernel/start.cc")
    assert list(submission.collect(tmp_path / "x", LAB_FILES)) == ["kernel/memory/pages.cc"]
    os.unlink(tmp_path / "x/kernel/start.cc")
    os.mkfifo(tmp_path / "x/kernel/start.cc")
    assert list(submission.collect(tmp_path / "x", LAB_FILES)) == ["kernel/memory/pages.cc"]
    os.symlink(tmp_path / "x", tmp_path / "x/kernel/again")
    assert list(submission.collect(tmp_path / "x", LAB_FILES)) == ["kernel/memory/pages.cc"]
    (tmp_path / "y").mkdir()
    os.symlink(tmp_path / "x" / "kernel", tmp_path / "y" / "kernel")
    with pytest.raises(Problem, match="none of the lab's files"):
        submission.collect(tmp_path / "y", LAB_FILES)


def test_archives_that_are_none_or_would_fill_the_memory_are_refused(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK nonsense")
    (tmp_path / "a.tar.gz").write_bytes(b"nonsense")
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("kernel/start.cc", bytes(64 << 20))
    for name, sentence in (("a.zip", "cannot be read"), ("a.tar.gz", "cannot be read"), ("bomb.zip", "longer than")):
        with pytest.raises(Problem, match=sentence):
            submission.collect(tmp_path / name, LAB_FILES)


### Confinement

@needs_bubblewrap
def test_what_is_confined_sees_the_system_and_its_own_folder_and_nobody_else(tmp_path):
    make_tree(tmp_path, {"secret/file": b"", "own folder/file": b"mine"})
    def say(words):
        return sandbox.confined(["sh", "-c", words], writable=[tmp_path / "own folder"])
    end = say(f"cat file; ls {tmp_path}; touch /usr/x /etc/x; ls /home /root; ls /proc | grep -c '^[0-9]'")
    assert end.output.startswith("mineown folder\n") and "secret" not in end.output
    assert "'/usr/x': Read-only file system" in end.output and not os.path.exists("/etc/x")
    assert "cannot access '/home'" in end.output and "cannot access '/root'" in end.output
    assert int(re.search(r"^(\d+)$", end.output, re.MULTILINE)[1]) < 8
    assert re.findall(r"^ *(\w+):", say("cat /proc/net/dev").output, re.MULTILINE) == ["lo"]


@needs_bubblewrap
def test_only_what_is_given_as_writable_can_be_written(tmp_path):
    for name in ("read", "write"):
        (tmp_path / name).mkdir()
    end = sandbox.confined(["sh", "-c", f"echo x >{tmp_path}/write/x; echo x >{tmp_path}/read/x; echo x >/tmp/x"],
                           writable=[tmp_path / "write"], readable=[tmp_path / "read"])
    assert (tmp_path / "write/x").exists() and not (tmp_path / "read/x").exists()
    assert "Read-only file system" in end.output and not os.path.exists("/tmp/x")


@pytest.fixture(params=["confined", "limits alone"])
def either(request, monkeypatch):
    """With bubblewrap, and as if there were none."""
    if request.param == "limits alone":
        monkeypatch.setattr(sandbox, "problem", lambda: "bubblewrap is not installed")
    elif sandbox.problem():
        pytest.skip(sandbox.problem())


@pytest.mark.usefixtures("either")
def test_limits_on_time_memory_and_files_hold(tmp_path):
    late = sandbox.confined(["sh", "-c", "sleep 77 & sleep 77"], writable=[tmp_path], timeout=0.5)
    assert late.timed_out and late.seconds < 5
    large = sandbox.confined(["sh", "-c", "head -c 9000000 /dev/zero >file; ls -l file"], writable=[tmp_path],
                             limits=sandbox.Limits(file=5_000_000))
    assert "File too large" in large.output and " 5000000 " in large.output
    hungry = sandbox.confined([sys.executable, "-c", "bytearray(900 << 20)"], writable=[tmp_path],
                              limits=sandbox.Limits(memory=500 << 20))
    assert "MemoryError" in hungry.output and hungry.status == 1


@pytest.mark.usefixtures("either")
def test_the_end_of_what_was_confined_is_told_as_it_was(tmp_path):
    def status(text):
        return sandbox.confined(["sh", "-c", text], writable=[tmp_path]).status
    assert [status("exit 0"), status("exit 33"), status("kill -SEGV $$")] == [0, 33, -signal.SIGSEGV]
    assert len(sandbox.confined(["yes"], writable=[tmp_path]).output) < 2 * sandbox.OUTPUT_KEPT
    assert "SECRET" not in sandbox.confined(["env"], writable=[tmp_path]).output


@pytest.mark.usefixtures("either")
def test_a_machine_runs_confined_and_can_be_looked_at(machine):
    one = machine("hello view=off", wrap=sandbox.machine, gdb="private", paused=True)
    assert len(one.gdb().registers()) > 20
    one.gdb().detach()
    assert len(one.read_memory(0, 4096)) == 4096
    one.cont()
    assert one.run(limit=20).kind == "exit" and "pid=1" in one.log()


def test_who_has_no_bubblewrap_is_told_once_and_why(monkeypatch, capsys):
    sandbox.warn.cache_clear()
    monkeypatch.setattr(sandbox, "problem", lambda: "bubblewrap is not installed")
    sandbox.warn()
    sandbox.warn()
    sandbox.warn.cache_clear()
    text = capsys.readouterr().err
    assert text.count("\n") == 1 and text.startswith("Kinglet: bubblewrap is not installed; ")
