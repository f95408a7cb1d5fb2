"""Running: build/run.py in each of its modes, and the lines it has for what goes wrong."""
import fcntl
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import termios
import time

import environment
import measure
import pytest
from conftest import QEMU, ROOT, clean_environment
from memory import kernel_of

LAUNCHER = str(ROOT / "build" / "run.py")
WEDGED = bytes.fromhex("fa ebfe")                       # cli; jump to itself
HALTED = bytes.fromhex("fa f4 ebfd")                    # cli; hlt
TRIPLE_FAULT = bytes.fromhex("fa 0f011e107c cc f4") + bytes(16)    # an empty interrupt table; int3


@pytest.fixture
def disk(tmp_path):
    """disk(code): a disk image whose boot sector is `code`."""
    def write(code):
        path = tmp_path / "disk.img"
        path.write_bytes((code.ljust(510, b"\0") + b"\x55\xAA").ljust(1 << 20, b"\0"))
        return str(path)
    return write


@pytest.fixture
def launch(tmp_path):
    """launch(mode, image, program, **environment): runs the launcher to its end."""
    def run(mode, image, program="", **environment):
        environment.setdefault("LOG", str(tmp_path / "log.txt"))
        command = [sys.executable, LAUNCHER, mode, "--image", image, "--program", program]
        return subprocess.run(command, env=clean_environment(**environment), stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, timeout=120, check=False)
    return run


# An order to a terminal (ECMA-48, 5.4; and what xterm has of two or three characters)
ORDER = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[()].|[=>])")


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, command, environment, rows=30, columns=100):
        self.master, slave = pty.openpty()
        self.before = termios.tcgetattr(slave)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

        def prepare():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        self.process = subprocess.Popen(command, env=environment, stdin=slave, stdout=slave, stderr=slave,
                                        preexec_fn=prepare)
        self.slave = slave
        self.output = b""

    def read_until(self, wanted, timeout=60):
        """Reads until `wanted` has been written, or the process has ended and all it wrote is read. A text may come in
        parts, with only the terminal's orders between them."""
        deadline = time.monotonic() + timeout
        while wanted is None or (wanted not in self.output and wanted not in ORDER.sub(b"", self.output)):
            has_ended = self.process.poll() is not None         # asked first: then all that it wrote is there
            if select.select([self.master], [], [], 0.1)[0]:
                self.output += os.read(self.master, 65536)
            elif has_ended:
                break
            assert time.monotonic() < deadline, self.output[-2000:]
        return self.output

    def type(self, keys):
        os.write(self.master, keys)

    def end(self, timeout=20):
        """Waits for the process; returns its status. Asserts that the terminal is as it was."""
        self.read_until(None, timeout)
        assert termios.tcgetattr(self.slave) == self.before
        return self.process.wait()


def children_of(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture
def terminal(tmp_path):
    opened = []

    def start(mode, image, rows=30, columns=100, **environment):
        environment = clean_environment(**{"LOG": str(tmp_path / "log.txt"), "TERM": "xterm", **environment})
        opened.append(Terminal([sys.executable, LAUNCHER, mode, "--image", image], environment, rows, columns))
        return opened[-1]
    yield start
    for each in opened:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()


### In a terminal

def test_the_console_shows_the_screen_and_ends_with_ctrl_c(terminal, image):
    console = terminal("console", image)
    console.read_until(b"PHYSICAL MEMORY")
    console.type(b"\x03")
    assert console.end() == 0 and b"Kinglet: ended by Ctrl-C; the log is in " in console.output


def test_ctrl_c_ends_a_wedged_machine(terminal, disk):
    console = terminal("console", disk(WEDGED))
    console.read_until(b"Booting")
    console.type(b"\x03")
    assert console.end() == 0


def test_a_signal_leaves_the_terminal_sane(terminal, image):
    console = terminal("console", image)
    console.read_until(b"PHYSICAL MEMORY")
    console.process.send_signal(signal.SIGTERM)
    console.end()
    assert b"Kinglet: ended by SIGTERM; the log is in " in console.output


def test_an_end_of_qemu_is_told(terminal, image):
    console = terminal("console", image)
    console.read_until(b"PHYSICAL MEMORY")
    [qemu] = children_of(console.process.pid)
    os.kill(qemu, signal.SIGKILL)
    assert console.end() == 1 and b"Kinglet: QEMU was ended by SIGKILL; the log is in " in console.output


def test_the_console_comes_without_a_fast_disk_too(terminal, image, tmp_path):
    """QEMU is then started twice, each time with a terminal that nobody has had before."""
    slow = tmp_path / "qemu"
    slow.write_text('#!/bin/sh\ncase "$*" in *io_uring*) echo "no io_uring here" >&2; exit 1; esac\n'
                    f'exec {QEMU} "$@"\n')
    slow.chmod(0o755)
    console = terminal("console", image, QEMU=str(slow))
    console.read_until(b"PHYSICAL MEMORY")
    console.type(b"\x03")
    assert console.end() == 0


def test_the_guest_ends_the_console(terminal, image):
    console = terminal("console", image, BOOT="keys=50:q")
    assert console.end(60) == 0


def test_a_triple_fault_in_the_console_is_one_line(terminal, disk):
    console = terminal("console", disk(TRIPLE_FAULT))
    assert console.end() == 1
    assert console.output.count(b"Kinglet: ") == 1 and b"triple-faulted" in console.output


def test_the_console_passes_on_the_size_of_the_window(terminal, image):
    console = terminal("console", image, rows=25, columns=80)
    console.read_until(b"PHYSICAL MEMORY")
    fcntl.ioctl(console.master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    console.output = b""
    console.read_until(b"\x1b[32;100H")         # the last cell of 80 by 25, now in the middle of 120 by 40
    console.type(b"\x03")
    assert console.end() == 0


@pytest.mark.parametrize("term", ["", "nonsense", "dumb"])
def test_an_unknown_terminal_is_one_line(terminal, image, term):
    console = terminal("console", image, TERM=term)
    assert console.end() == 1
    assert console.output.count(b"\n") == 1 and b"make run-headless" in console.output


def test_auto_uses_the_terminal_when_there_is_no_display(terminal, image):
    console = terminal("auto", image)
    console.read_until(b"PHYSICAL MEMORY")
    console.type(b"\x03")
    assert console.end() == 0


def test_headless_prints_colours_to_a_terminal(terminal, image):
    headless = terminal("headless", image, TIME="0.1")
    assert headless.end(60) == 0
    assert b"\x1b[0;" in headless.output


@pytest.mark.skipif("gtk" not in environment.displays(QEMU), reason="this QEMU opens no windows")
def test_a_display_that_is_gone_is_told_and_done_without(terminal, launch, image):
    told = "Kinglet: no window can be opened here (QEMU ended by itself with status 1: "
    console = terminal("auto", image, DISPLAY=":4711")
    console.read_until(b"PHYSICAL MEMORY")
    console.type(b"\x03")
    assert console.end() == 0 and told.encode() in console.output
    result = launch("graphic", image, DISPLAY=":4711")
    assert result.returncode == 1 and result.stderr.startswith(told) and result.stderr.count("\n") == 1


### Headless

def test_headless_prints_the_final_screen_as_plain_text(launch, image):
    result = launch("headless", image, TIME="0.1")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert len(lines) == 25 and lines[0].strip().startswith("PHYSICAL MEMORY")
    assert result.stderr.count("\n") == 1 and "\x1b" not in result.stdout


def test_auto_is_headless_without_terminal_and_display(launch, image):
    result = launch("auto", image, TIME="0.1")
    assert result.returncode == 0 and len(result.stdout.splitlines()) == 25


@pytest.mark.parametrize("code, sentence", [
    (WEDGED, r"the kernel is wedged: it did not end after \d+ s of its time, and was at 0x7c01"),
    (HALTED, r"the machine stands still at 0x7c02, halted with interrupts off"),
    (TRIPLE_FAULT, r"the machine reset itself: .*triple-faulted"),
])
def test_headless_tells_in_one_line_why_nothing_comes(launch, disk, code, sentence):
    result = launch("headless", disk(code), TIME="0.1")
    assert result.returncode == 1
    assert re.fullmatch(f"Kinglet: {sentence}.*\n", result.stderr)
    assert "Booting from" in result.stdout


def test_ctrl_c_ends_a_headless_run(disk, tmp_path):
    environment = clean_environment(LOG=str(tmp_path / "log.txt"), TIME="100000")
    process = subprocess.Popen([sys.executable, LAUNCHER, "headless", "--image", disk(WEDGED)], env=environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))     # maybe ignored here
    while not (children_of(process.pid) and (tmp_path / "log.txt").exists()):
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=100)[1].decode()
    assert told == f"Kinglet: ended by Ctrl-C; the log is in {tmp_path}/log.txt\n"
    assert process.returncode == 130


def test_two_runs_side_by_side_do_not_disturb_each_other(image, tmp_path):
    environment = clean_environment(LOG=str(tmp_path / "log.txt"), OBJ=str(tmp_path), TIME="0.5", BOOT="fork")
    runs = [subprocess.Popen([sys.executable, LAUNCHER, "headless", "--image", image], env=environment, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    results = [run.communicate(timeout=120) for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert results[0][0] == results[1][0]
    assert "belongs to another run" in results[0][1] + results[1][1]
    assert (tmp_path / "log.txt").read_text() == (tmp_path / "log-2.txt").read_text() != ""


def test_the_screenshot_is_a_png(launch, image, tmp_path):
    picture = tmp_path / "picture.png"
    result = launch("screenshot", image, TIME="0.1", OUT=str(picture))
    assert result.returncode == 0, result.stderr
    data = picture.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", data[16:24]) == (720, 400)


def test_a_panic_is_told_at_once_though_a_picture_is_drawn(launch, image, kernel_elf, tmp_path):
    """With `view=on` the kernel waits for a key then, and `stop=` is of no use."""
    undefined = b"\x0F\x0B"
    measure.change_kernel(image, tmp_path / "patched.img", {kernel_of(kernel_elf)["fork_process"]: undefined})
    for mode, words in (("screenshot", ""), ("headless", "view=on")):
        result = launch(mode, str(tmp_path / "patched.img"), "fork", TIME="100000", BOOT=words,
                        OUT=str(tmp_path / "picture.png"))
        assert result.returncode == 1 if mode == "headless" else (tmp_path / "picture.png").exists()
        assert result.stderr.startswith("Kinglet: the kernel panicked: kernel panic: kernel invalid opcode")
        log = (tmp_path / "log.txt").read_text()
        assert "kernel panic: kernel invalid opcode" in log and "\nstop status=0x13" in log


@pytest.mark.parametrize("memory, words, machine", [
    ("16M", "", ""), ("16384K", "", ""), ("256M", "", "machine=big"), ("4G", "", "machine=big"),
    ("256M", "machine=weensy", ""), ("16M", "machine=big", "machine=big"),
])
def test_more_memory_makes_a_big_machine(launch, image, tmp_path, memory, words, machine):
    result = launch("headless", image, "hello", TIME="0.1", MEMORY=memory, BOOT=words)
    assert result.returncode == 0, result.stderr
    log = (tmp_path / "log.txt").read_text()
    assert log.count("machine=big") == (1 if machine else 0)
    size = int(re.search("^machine memory=0x([0-9a-f]+)", log, re.MULTILINE)[1], 16)
    assert (size > 0x200000) == bool(machine)


### gdb

def test_gdb_starts_at_the_kernels_first_instruction_with_all_symbols(launch, image):
    flags = "-batch -ex 'p $rip' -ex 'info line process_main' -ex 'info address ptable'"
    result = launch("gdb", image, "fork", GDBFLAGS=flags)
    assert result.returncode == 0, result.stderr
    assert re.search(r"^\$1 = .*<kernel_entry>$", result.stdout, re.MULTILINE), result.stdout + result.stderr
    assert "p-fork.cc" in result.stdout and 'Symbol "ptable" is static storage' in result.stdout


def test_gdb_finds_the_kernel_in_a_folder_of_any_name(launch, image, tmp_path):
    folder = tmp_path / "kinglet"
    shutil.copytree(os.path.join(os.path.dirname(image), "user"), folder / "user")
    for name in "kinglet.img", "kernel.elf":
        shutil.copy(os.path.join(os.path.dirname(image), name), folder)
    result = launch("gdb", str(folder / "kinglet.img"), "fork", GDBFLAGS="-batch -ex 'info line kernel_entry'")
    assert "entry.S" in result.stdout, result.stdout + result.stderr


def test_gdb_takes_a_free_port_if_the_usual_one_is_taken(launch, image):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 12949))
            taken.listen(1)
        except OSError:
            pass                            # taken already: as good
        result = launch("gdb", image, GDBFLAGS="-batch -ex 'p $rip'")
    assert result.returncode == 0 and "Kinglet: port 12949 is taken; using" in result.stderr
    assert "<kernel_entry>" in result.stdout


def test_a_gdb_port_that_was_asked_for_is_not_replaced(launch, image):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        result = launch("gdb", image, GDBPORT=str(port), GDBFLAGS="-batch")
    assert result.returncode == 1 and result.stderr == f"Kinglet: GDBPORT={port} is taken\n"


### What a user may get wrong: one clear line each

@pytest.mark.parametrize("mode, environment, sentence", [
    ("headless", {"QEMU": "nowhere"}, "nowhere is not installed: run build/setup"),
    ("gdb", {"GDB": "nowhere"}, "nowhere is not installed: run build/setup check"),
    ("headless", {"BOOT": "nonsense"}, 'there is no program "nonsense"; there are: allocator allocator2'),
    ("headless", {"TIME": "soon"}, "TIME=soon: not a number"),
    ("headless", {"MEMORY": "much"}, "MEMORY=much: not a size"),
    ("headless", {"MEMORY": "1M"}, "MEMORY=1M is too little: at least 4M will do"),
    ("headless", {"MEMORY": "2M"}, "the machine stands still at 0x214, halted with interrupts off: too little memory"),
    ("headless", {"BOOT": "hello view=maybe"}, "BOOT: view=maybe: view= is one of on off"),
    ("headless", {"DISK": "tape"}, "DISK=tape: not one of virtio"),
    ("headless", {"DATADISK": "tape"}, "DATADISK=tape: not one of virtio"),
    ("headless", {"ICOUNT": "99"}, "ICOUNT=99: not a whole number"),
    ("headless", {"LOG": "/nowhere/log.txt"}, "cannot write LOG=/nowhere/log.txt: No such file"),
    ("screenshot", {"OUT": "/nowhere/picture.png"}, "OUT=/nowhere/picture.png: there is no such folder"),
    ("gdb", {"GDBPORT": "99999"}, "GDBPORT=99999: not a whole number"),
    ("graphic", {}, "there is no display"),
    ("console", {}, "run-console needs a terminal"),
])
def test_a_mistake_is_told_in_one_line(launch, image, mode, environment, sentence):
    result = launch(mode, image, **environment)
    assert result.returncode == 1
    assert result.stderr.startswith(f"Kinglet: {sentence}") and result.stderr.count("\n") == 1


def test_boot_words_reach_the_kernel_untouched(launch, image, tmp_path):
    result = launch("headless", image, TIME="0.1", BOOT='fork keys=10:f,20:,,30:",40:$,50:space')
    log = (tmp_path / "log.txt").read_text()
    assert result.returncode == 0, result.stderr
    assert 'start Kinglet boot="fork view=off stop=10 keys=10:f,20:,,30:",40:$,50:space"' in log
    assert "warning" not in log


def test_make_runs_a_program_by_name_without_a_rebuild(make):
    result = make("run-headless-fork", "TIME=0.1")
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.splitlines()) == 25
