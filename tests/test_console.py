"""What programs print: on the screen, on port 0xE9, in the log."""
import errno
import re
import subprocess
import sys
import types

import pytest
import text
from conftest import QEMU, ROOT, built, clean_environment
from memory import kernel_of
from snapshot import run_to_end

RED_ON_BLACK, GREEN_ON_BLACK, BLACK_ON_RED = 0x0C, 0x0A, 0xC0


def test_programs_have_the_whole_screen_where_asked_for(machine, test_kernel_elf):
    started = machine("test-text view=text stop=100")
    memory = run_to_end(started, kernel_of(test_kernel_elf))[1]
    screen, log = memory.screen, started.log()
    rows = [screen.row(row) for row in range(25)]
    first = next(index for index in range(25) if rows[index] == "half a row")
    assert rows[0].rstrip("*").strip() == f"row {41 - first}" and rows[first - 1] == "row 40"
    assert screen.character(0, 79) == "*" and screen.colors(0, 79) == GREEN_ON_BLACK
    assert screen.colors(first, 0) == RED_ON_BLACK
    message = rows[first + 1].ljust(80) + rows[first + 2]
    assert re.fullmatch(r"Process 2 null pointer access on 0x0 \(read missing page, .*\)", message)
    assert screen.colors(first + 1, 0) == BLACK_ON_RED
    assert "the end" in rows and rows[1][20:] == "at its place"
    assert "log pid=1: a line\n" in log and "log pid=1: ok\n" in log


def test_what_is_printed_is_text_on_port_0xe9_and_in_the_log(machine, tmp_path):
    started = machine("test-text view=off log=console", debugcon=str(tmp_path / "port"))
    started.run(20)
    text, log = (tmp_path / "port").read_text(), started.log()
    expected = "".join(f"row {i}\n" for i in range(1, 41))
    assert text.startswith(expected + "half a row\nProcess 2 null pointer access on 0x0 (")
    assert text.endswith(")\nat its place\nthe end\n")
    written = "".join(re.findall("^console pid=1: (.*)\n", log, re.MULTILINE))
    assert written.replace(r"\n", "\n") == expected + "half a row" + "at its place" + "the end\n"


def test_nothing_is_logged_of_what_is_printed_where_nobody_asks(machine):
    started = machine("hello view=off")
    started.run(20)
    assert "console" not in started.log()


def printed(tmp_path, program, *reader, **environment):
    """What the launcher prints with mode text, whether to nobody else or to the command `reader`."""
    command = f"{sys.executable} {ROOT}/build/run.py text --image {built('kinglet-test.img')} --program {program}"
    environment = clean_environment(LOG=str(tmp_path / "log.txt"), QEMU=QEMU, **environment)
    return subprocess.run(["bash", "-c", " | ".join([command, *reader]) + "; echo ${PIPESTATUS[0]} >&2"], text=True,
                          env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)


def test_what_programs_print_is_ordinary_output_in_a_pipe(tmp_path):
    result = printed(tmp_path, "hello", "grep -n Hello")
    assert result.stdout == "1:Hello from process 1.\n"
    assert re.fullmatch(r"Kinglet: all went well; the last process .*log.txt\n0\n", result.stderr)


def test_how_programs_end_is_the_status_and_a_sentence_beside_what_they_print(tmp_path):
    result = printed(tmp_path, "test-text")
    lines = result.stdout.splitlines()
    assert lines[0] == "row 1" and lines[39:41] == ["row 40", "half a row"] and lines[-1] == "the end"
    assert re.fullmatch(r"Kinglet: a process faulted or panicked: .*\n1\n", result.stderr)


def test_a_reader_that_has_enough_ends_the_run_and_a_limit_of_time_does(tmp_path):
    result = printed(tmp_path, "test-chatter", "head -n 2")
    assert result.stdout == "line 1\nline 2\n" and result.stderr == "0\n"
    result = printed(tmp_path, "test-chatter", "tail -n 1", TIME="0.05")
    assert re.fullmatch(r"line \d{2,}\n", result.stdout) and "stopped at tick 5" in result.stderr


def test_a_full_disk_ends_the_run_however_much_is_yet_to_be_printed(tmp_path):
    result = printed(tmp_path, "test-chatter > /dev/full")
    assert result.stderr == "Kinglet: cannot print what programs print: No space left on device\n1\n"


def test_qemu_never_waits_for_a_reader_that_has_gone(monkeypatch):
    def write(*_):
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(text, "os", types.SimpleNamespace(write=write))
    machine = types.SimpleNamespace(process=types.SimpleNamespace(terminate=lambda: None))
    with text.TextPort() as port, port.socket.dup() as qemus:
        qemus.settimeout(60)
        port.follow(machine)
        with pytest.raises(ConnectionError):
            qemus.sendall(bytes(16 << 20))
