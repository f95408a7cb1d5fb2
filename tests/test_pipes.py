"""Lines that a person types, the shell, and the launcher's input. (Pipes: p-test-pipe, p-test-pipeends.)"""
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time

import files
import pytest
import qemu
import typist
from conftest import QEMU, ROOT, built, clean_environment
from test_files import disk, left, run, troubles

PRINTABLE = "".join(map(chr, range(33, 127)))


def reads(log):
    return [line.split(": read ")[1] for line in log if ": read " in line]


def test_a_process_reads_lines_as_they_are_typed_and_corrected(tmp_path):
    keys = "2:=ab,4:=Hello_World,20:x,20:backspace,20:backspace,20:y,20:z,20:backspace,20:enter," \
           "22:p,22:ctrl-d,24:escape,24:2,24:left,24:enter,30:ctrl-d,40:=one,40:=two"
    outcome, log = run("test-typed", disk(tmp_path, {}), words=f"keys={keys}")
    assert outcome.status == qemu.EXIT_CLEAN and troubles(log) == [] and "log pid=1: ok" in log
    assert reads(log)[:-2] == ["3: ab|", "5: Hello", "5:  Worl", "2: d|", "2: y|", "1: p", "1: |", "0: "]
    assert sorted(reads(log)[-2:]) == ["4: one|", "4: two|"]
    assert [line for line in log if line.startswith("key ")] == ["key tick=24 key=2", "key tick=24 key=left"]
    assert sum(line.startswith("reads ") for line in log) <= 7


def test_keys_are_the_kernels_again_when_nobody_reads_any_more_and_what_was_typed_is_forgotten():
    keys = "2:=ab,4:=q,22:ctrl-d,40:=one,40:=two,40:t,60:q"
    outcome, log = run("test-typed", None, words=f"view=text keys={keys}")
    assert "log pid=1: ok" in log and outcome.status == qemu.EXIT_CLEAN
    assert log[-2:] == ["key tick=60 key=q", "stop status=0x10 tick=60"]


def test_a_process_that_is_ended_while_it_waits_for_a_line_leaves_the_keyboard():
    outcome, log = run("test-typed", None, words="view=text keys=20:=ab,22:ctrl-d,24:escape,24:1,26:escape,26:k,30:q")
    assert outcome.status == qemu.EXIT_CLEAN
    assert [line for line in log if line.startswith("key ")] == \
        ["key tick=24 key=1", "key tick=26 key=k", "key tick=30 key=q"]


def test_the_picture_tells_to_whom_keys_go(machine):
    started = machine("sh pace=0 stop=40 keys=20:l,20:s")
    screen = started.run(20).screen
    assert screen.row(9).endswith("Esc: commands") and screen.row(24) == "$ ls"
    held = machine("sh pace=0 stop=40 keys=20:escape,20:space").run(20).screen
    assert held.row(9).endswith("held")


### The shell

def shell(tmp_path, *lines, path=None, words="", **settings):
    """What the shell and its commands print, and the log, if these lines are typed."""
    keys = ",".join(f"{10 * number}:={line.replace(' ', '_')}" for number, line in enumerate(lines, 2))
    port = tmp_path / "port"
    path = path or disk(tmp_path, {"a.txt": b"one page\n"})
    outcome, log = run("sh", path, words=f"keys={keys},{10 * len(lines) + 40}:ctrl-d {words}", debugcon=str(port),
                       **settings)
    assert outcome.status == qemu.EXIT_CLEAN and troubles(log) == []
    return port.read_text().split("$ ")[1:-1], log


def test_a_shell_joins_programs_by_pipes_and_files(tmp_path):
    path = disk(tmp_path, {"a.txt": b"one page\ntwo\nthree page\n", "large": bytes(99 * 1024)})
    printed, _ = shell(tmp_path, "cat a.txt | grep page | wc", "grep page a.txt>out", "wc<out", "cat large | wc",
                       "cat a.txt a.txt | cat | cat | cat >twice", "cp twice copy", path=path)
    assert [text.split() for text in printed] == [
        ["2", "4", "20"], [], ["2", "6", "34"], ["0", "1", "101376"], [],
        ["48", "bytes", "from", "twice", "to", "copy"]]
    now = left(path)
    assert now["out"] == b"a.txt: one page\na.txt: three page\n"
    assert now["twice"] == now["copy"] == 2 * b"one page\ntwo\nthree page\n"


def text_mode(tmp_path, program, given, **environment):
    command = [sys.executable, ROOT / "build" / "run.py", "text", "--image", built("kinglet-test.img"),
               "--program", program]
    environment = clean_environment(LOG=str(tmp_path / "log.txt"), OBJ=str(tmp_path), QEMU=QEMU, **environment)
    return subprocess.run(command, input=given, text=True, env=environment, capture_output=True,
                          timeout=120, check=False)


MISTAKES = {
    "nothing": "nothing: there is no such command; help names some",
    "| wc": "sh: there is no command before |",
    "ls |": "sh: a command is missing",
    "ls || wc": "sh: there is no command before |",
    "ls > ": "sh: after < and > a file's name is missing",
    "< & ls": "sh: after < and > a file's name is missing",
    "> x": "sh: a command is missing",
    "& ls": "sh: & can only be the last sign of a line",
    "ls" + 16 * " x": "sh: these are too many arguments",
    "ls" + 8 * "|ls": "sh: that is too long a row of commands",
    "wc nothing": "nothing: there is no such file",
    "wc < nothing": "nothing: there is no such file",
    "grep": "grep: which word? type: grep WORD, or grep WORD FILE",
    "cp x": "cp: of what, to where? type: cp FROM TO",
}


def test_a_mistake_gets_one_line_and_the_shell_goes_on(tmp_path):
    result = text_mode(tmp_path, "sh", "\n".join(MISTAKES) + "\nhello\n")
    *told, last, rest = result.stdout.split("$ ")[1:]
    assert told == [f"{each}\n" for each in MISTAKES.values()] and last.startswith("Hello from") and rest == ""
    assert result.returncode == 0


def test_a_line_in_the_background_does_not_keep_the_shell_nor_take_its_lines(tmp_path):
    printed, log = shell(tmp_path, "cat &", "sh < nothing", "hello | cat &", "wait", "exit")
    assert re.fullmatch(r"process \d+ goes on\n", printed[0])
    assert printed[1] == "nothing: there is no such file\n"
    assert re.search(r"Hello from process \d+.\n", "".join(printed[2:]))
    assert sum(line.startswith("exit pid=1") for line in log) == 1


### The launcher

def test_each_character_of_a_pipe_is_typed_and_its_end_too(tmp_path):
    result = text_mode(tmp_path, "sh", f"cat\n{PRINTABLE}\na b")
    assert result.stdout == f"Kinglet's shell: help says what you can type.\n$ {PRINTABLE}\na b$ "
    assert result.returncode == 0


def test_what_a_run_leaves_on_the_disk_is_there_afterwards(tmp_path):
    result = text_mode(tmp_path, "sh", "ls > list\nwc numbers.txt\n")
    assert f"4096    36864   {files.LARGER_SIZE} numbers.txt" in result.stdout
    with tarfile.open(tmp_path / "disk-after.tar") as tar:
        assert b"kinglet.txt" in tar.extractfile("list").read()


def test_input_stays_where_it_is_if_no_program_reads_it(tmp_path):
    result = subprocess.run(["bash", "-c", f"(QEMU={QEMU} LOG={tmp_path}/log.txt {sys.executable} {ROOT}/build/run.py "
                             f"text --image {built('kinglet-test.img')} --program hello; cat)"], text=True,
                            env=clean_environment(), input="still here\n", capture_output=True, check=False)
    assert result.stdout == "Hello from process 1.\nstill here\n"


def test_each_key_has_a_name():
    assert all(typist.keys_of(character) for character in PRINTABLE + " \n") and typist.keys_of("é") == ()


@pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")
def test_a_person_types_at_the_shell_in_a_terminal(tmp_path):
    environment = clean_environment(TMUX_TMPDIR=str(tmp_path), LOG=str(tmp_path / "log.txt"), OBJ=str(tmp_path),
                                    QEMU=QEMU, TERM="xterm-256color")

    def tmux(*words):
        return subprocess.run(["tmux", "-f", "/dev/null", "-L", "shell", *words], env=environment, text=True,
                              capture_output=True, timeout=60, check=True).stdout

    def shows(pattern):
        deadline = time.monotonic() + 20
        while not re.search(pattern, seen := tmux("capture-pane", "-p"), re.MULTILINE):
            assert time.monotonic() < deadline, f"no {pattern!r} in:\n{seen}"
            time.sleep(0.1)

    tmux("new-session", "-d", "-x", "90", "-y", "30", f"{sys.executable} {ROOT}/build/run.py console --image "
         f"{os.path.abspath(built('kinglet-test.img'))} --program sh; echo status $?; exec cat")
    try:
        shows(r"^ *\$ *$")
        tmux("send-keys", "cat bird.txtx", "BSpace", " | WC", "BSpace", "BSpace", "wc", "Enter")
        shows(r"^ *5 +10 +68")
        tmux("send-keys", "C-d")
        shows(r"\$ *\n(.*\n)*") and tmux("send-keys", "q")
        deadline = time.monotonic() + 20
        while "status" not in tmux("capture-pane", "-p"):
            assert time.monotonic() < deadline
            tmux("send-keys", "q")      # the shell may not have ended yet
            time.sleep(0.1)
    finally:
        tmux("kill-server")
