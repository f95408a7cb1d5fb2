"""test_hostile_tools.py - whatever QEMU answers, a variable holds or a tool is called with: one line, no traceback

What is in files is in test_hostile.py, which has the table of all.
"""
import os
import re
import socket
import subprocess
import sys
import threading

import pytest

import conftest
import gdbstub
import lab_commands
import monitor
import qemu_options
import run
import screen
from hostile import BYTES, DEEP, in_one_line, refused, short


### What QEMU says

def answered(data, ask):
    """`ask(socket)` with somebody at the other end who says `data`, whatever is asked, and then ends."""
    ours, theirs = socket.socketpair()

    def say():
        with theirs:
            try:
                theirs.sendall(data)
                theirs.shutdown(socket.SHUT_WR)
                while theirs.recv(65536):
                    pass
            except OSError:
                pass
    with ours:
        speaker = threading.Thread(target=say, daemon=True)
        speaker.start()
        try:
            return ask(ours)
        finally:
            ours.close()
            speaker.join(5)


@pytest.mark.parametrize("data", [b"", b"QEMU emulator\n", b"[]\n", b"1\n", b"null\n", DEEP.encode() + b"\n",
                                  b'{"cut": ', b"\xff\xfe\n", b'{"error": 5}\n',
                                  b'{"error": {}}\n', b"\n" * 1000], ids=short)
def test_a_monitor_that_talks_nonsense_is_one_line(data):
    refused(answered, data, lambda one: monitor.Monitor(one).command("query-status"))


def test_a_monitor_that_does_not_end_its_message_is_not_listened_to_for_ever(monkeypatch):
    monkeypatch.setattr(monitor.Monitor, "LONGEST", 1 << 20)
    assert "without end" in refused(answered, b"x" * (2 << 20), lambda one: monitor.Monitor(one).receive(None))


def packet(text):
    return b"+$" + text + b"#00"


@pytest.mark.parametrize("data", [b"", b"+", b"$", b"+$T05", packet(b"T05"), packet(b"T05") + packet(b"E01"),
                                  packet(b"T05") + packet(b"0"), packet(b"T05") + packet(b"zz"),
                                  packet(b"T05") + packet(b"00" * 100), packet(b"T05") + b"$" + b"0" * (2 << 20)],
                         ids=short)
def test_a_gdb_stub_that_talks_nonsense_is_told(data):
    for ask in (lambda stub: stub.registers(), lambda stub: stub.read(0, 8), lambda stub: stub.physical(True)):
        with pytest.raises((RuntimeError, EOFError, ConnectionError)):
            answered(data, lambda one, ask=ask: ask(gdbstub.Stub(one, timeout=5)))


def test_while_nothing_comes_from_a_gdb_stub_qemu_is_woken():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(packet(b"S05"))
        assert gdbstub.Stub(ours, wake=lambda: theirs.sendall(packet(b"T05"))).command("c") == "T05"
        with pytest.raises(TimeoutError):
            gdbstub.Stub(ours, timeout=0)


@pytest.mark.parametrize("data", [*BYTES.values(), b"P6", b"P6 1 1 255\n", b"P6 9999999999 9999999999 255\n",
                                  b"P5 1 1 255\n", b"P6 -1 -1 255\nxxx", b"P6 2 2 255\nxxx", b"P6 1 1 65535\nxxxxxx"],
                         ids=short)
def test_a_picture_that_is_none_is_refused(data):
    with pytest.raises(ValueError, match="picture"):
        screen.ppm_to_png(data)


def test_whatever_is_on_the_screen_is_text_without_commands_to_a_terminal():
    cells = bytes(value for index in range(2000) for value in (index % 256, 0x07 + index // 256 * 16))
    shown = screen.Screen(cells)
    assert all(line.replace("\xa0", " ").isprintable() for line in shown.text().split("\n"))
    assert re.fullmatch(r"[^\x00-\x1f\x7f-\x9f]*", re.sub(r"\x1b\[[0-9;]*m|\n", "", shown.ansi()))


### Variables

@pytest.mark.parametrize("text", ["", "16MM", "-1M", "1e3", "16M,x=y", "٣M", "9" * 5000, "0x10", " 16M", "16M\n"],
                         ids=short)
def test_a_size_of_memory_is_a_number_and_a_unit(text):
    refused(qemu_options.memory_size, text)


@pytest.mark.parametrize("mode, variables", [
    ("headless", {"BOOT": "hello " + "x" * (1 << 18)}), ("headless", {"BOOT": "../hello"}),
    ("headless", {"BOOT": "hello\x1b[2J/"}), ("headless", {"MEMORY": "9" * 5000}), ("headless", {"TIME": "9" * 5000}),
    ("headless", {"TIME": "nan"}), ("headless", {"TIME": "1e9"}), ("headless", {"ICOUNT": "٣"}),
    ("headless", {"LOG": "/"}), ("headless", {"LOG": "/dev/null/log"}), ("headless", {"LOG": "x" * 5000}),
    ("headless", {"QEMU": "/bin/true"}), ("headless", {"QEMU": "/etc/passwd"}), ("headless", {"QEMU": "/"}),
    ("screenshot", {"OUT": "/dev/null/x.png"}), ("screenshot", {"OUT": "/"}), ("gdb", {"GDBPORT": "0"}),
    ("headless", {"image": "/nowhere"}), ("headless", {"image": "/"}), ("nothing", {})], ids=short)
def test_a_variable_that_makes_no_sense_is_one_line(capsys, monkeypatch, tmp_path, image, mode, variables):
    for name in conftest.SETTINGS:
        monkeypatch.delenv(name, raising=False)
    for name, value in {"LOG": os.devnull, "QEMU": conftest.QEMU, **variables}.items():
        if name != "image":
            monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["run.py", mode, "--image", variables.get("image", image)])
    in_one_line(capsys, run.main)


@pytest.mark.parametrize("words, variables", [
    ("handout", {"LAB": "../vm", "OUT": "x"}), ("handout", {"LAB": "vm", "OUT": "/dev/null/x"}),
    ("handout", {"LAB": "vm", "OUT": "x" * 300}), ("handout", {"LAB": "vm", "OUT": "x", "OVER": "/nowhere"}),
    ("handout", {"LAB": "vm", "OUT": "x", "STEP": "٣"}), ("handout", {"LAB": "vm", "OUT": "x", "STEP": "9" * 5000}),
    ("demo", {"LAB": "vm", "STEP": "-1"}), ("demo", {"LAB": "vm", "STEP": "1", "MODE": "x"}), ("demo", {}),
    ("pictures", {"LAB": "vm", "STEP": "x"}), ("replay", {"LAB": "vm"}), ("nothing", {}), ("tree", {}),
    ("tree vm", {}), ("tree vm 0 /dev/null", {}), ("tree vm 0 /dev/null/x", {}), ("steps ..", {}),
    ("steps", {})], ids=short)
def test_a_wrong_word_for_labs_is_one_line(capsys, monkeypatch, tmp_path, words, variables):
    for name in ("LAB", "STEP", "OUT", "OVER", "CHECK", "ONLY", "SUBMISSION", "MODE", "BOOT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    in_one_line(capsys, lab_commands.main, words.split())
    assert os.listdir(tmp_path) == []


TOOLS = ["build/pack.py", "build/pack.py nothing", "build/pack.py strip", "build/pack.py strip -o x", "build/run.py",
         "build/run.py headless", "build/labs.py", "build/mkimage", "build/mkimage a b c", "tests/grade --nothing",
         "tests/grade --lab vm --step 99 x", "tests/grade --lab vm --check x y", "tests/grade --lab ../vm x",
         "tests/grade --lab vm --jobs many x", "tests/grade --lab vm /nowhere", "tests/grade --lab vm",
         "tests/grade --lab vm --json /nowhere/x.json build", "tests/grade --lab vm --all /nowhere --out x",
         "tests/grade --lab vm --all build", "tests/grade --lab vm --replay x build", "tests/fuzz.py",
         "tests/fuzz.py nothing", "tests/grading/autograder.py", "tests/grading/autograder.py vm x.tar",
         "tests/grading/autograder.py ../vm x.zip", "tests/mutants/run.py --lab x", "tests/mutants/run.py --jobs x"]


@pytest.mark.parametrize("line", TOOLS)
def test_wrong_arguments_of_a_tool_are_one_line(tmp_path, line):
    tool, *arguments = line.split()
    if "build" in arguments:
        arguments[arguments.index("build")] = str(conftest.ROOT / "build")
    end = subprocess.run([sys.executable, conftest.ROOT / tool, *arguments], cwd=tmp_path, text=True, timeout=60,
                         env=conftest.clean_environment(OBJ=str(conftest.OBJ)), stdin=subprocess.DEVNULL,
                         capture_output=True, check=False)
    lines = [each for each in end.stderr.splitlines() if "but not confined" not in each]
    assert end.returncode != 0 and len(lines) == 1 and lines[0].startswith("Kinglet: "), end.stderr
    assert os.listdir(tmp_path) == []
