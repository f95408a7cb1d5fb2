"""qemu.py - Kinglet's machine: QEMU's options, and one run of it as an object

The only place that knows QEMU's options. build/run.py is the command that people use (through make); the tests use
`Machine` as it is.
"""
import argparse
import dataclasses
import fcntl
import functools
import json
import os
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import termios
import time

import gdbstub
from screen import ADDRESS, SIZE, Screen, ppm_to_png

DISKS = {
    "virtio": ["-device", "virtio-blk-pci,drive=disk,bootindex=0,ioeventfd=off"],
    "ide": ["-device", "ide-hd,drive=disk,bootindex=0"],
    "ahci": ["-device", "ide-hd,drive=disk,bootindex=0,bus=ide.0"],         # on q35, whose controller this is
    "usb": ["-device", "qemu-xhci", "-device", "usb-storage,drive=disk,bootindex=0"],
}

# What the kernel says by isa-debug-exit, as QEMU's exit status: (code << 1) | 1
EXIT_CLEAN, EXIT_FAULT, EXIT_AUDIT, EXIT_PANIC, EXIT_NO_PROGRAM = 33, 35, 37, 39, 41
EXIT_MEANING = {
    EXIT_CLEAN: "",
    EXIT_FAULT: "a process faulted or panicked",
    EXIT_AUDIT: "the audit found something wrong",
    EXIT_PANIC: "the kernel panicked",
    EXIT_NO_PROGRAM: "no program started",
}


# More is not reserved on the host: what the machine does not touch costs nothing there, and may be more than there is.
MODEST_MEMORY = 1 << 30


LONGEST_WORD = 400


def printable(text):
    """`text` without what a terminal would take for a command."""
    return "".join(each if each.isprintable() or each == "\n" else "?" for each in str(text))


class Problem(Exception):
    """Something the user should know, in one line, whatever stands in a value that it tells."""

    def __init__(self, sentence):
        line = " ".join(printable(sentence).split("\n"))
        super().__init__(re.sub(rf"\S{{{LONGEST_WORD},}}", lambda word: f"{word[0][:LONGEST_WORD // 4]}...", line))


def fail(sentence):
    """Tells the user; returns an exit status."""
    print(f"Kinglet: {Problem(sentence)}", file=sys.stderr)
    return 1


class Parser(argparse.ArgumentParser):
    """Which tells of a wrong argument in one line, as everything else is told."""

    def error(self, message):
        sys.exit(fail(f"{self.prog}: {message}; see {self.prog} --help") + 1)


@dataclasses.dataclass
class Settings:
    """What may differ between two runs. The defaults are those of a deterministic run that nobody watches."""
    image: str
    words: str = ""                     # boot words, separated by blanks
    qemu: str = "qemu-system-x86_64"
    memory: str = "16M"
    disk: str = "virtio"                # a key of DISKS
    kvm: bool = False
    icount: object = 5                  # virtual nanoseconds an instruction, as a power of 2; None: real time
    display: str = "none"
    log: str = None                     # file of the parallel port; None: in the machine's own directory
    debugcon: str = None                # file of port 0xE9; None: no such port
    pause_at_end: bool = True           # stop before power-off and at a triple fault, to look at the screen
    paused: bool = False                # do not start until `cont`
    gdb: object = None                  # "private": for `Machine.gdb()`; or a listening socket for a real gdb
    extra: tuple = ()                   # further options
    wrap: object = None                 # wrap(command, directory): the command to start instead, confined, for instance


def memory_size(text):
    """A size of memory in bytes; without a unit it is in MiB, as QEMU has it."""
    match = re.fullmatch(r"([0-9]{1,12})([KMGkmg]?)", text)
    if not match:
        raise Problem(f"MEMORY={text}: not a size such as 16M or 1G")
    return int(match[1]) << {"K": 10, "M": 20, "G": 30}[match[2].upper() or "M"]


def escaped(text):
    """`text` as part of one of QEMU's comma-separated options."""
    return text.replace(",", ",,")


def options(settings, disk, monitor_fd, gdb_fd, fast_disk):
    """QEMU's options. Chosen so that the firmware has little to do: no ACPI tables, HPET or SMM to set up, no network,
    no menu. Isolated from the user's own configuration.

    `disk` is a copy of the image that belongs to this run. With `fast_disk` and virtio, what is in the host's memory is
    there before the guest's next instruction, so that a run under instruction counting is the same each time."""
    chipset = "q35" if settings.disk == "ahci" else "pc"
    result = ["-name", "Kinglet", "-M", f"{chipset},acpi=off,hpet=off,smm=off", "-m", settings.memory,
              "-nodefaults", "-no-user-config", "-vga", "std", "-display", settings.display,
              "-action", "reboot=shutdown"]
    if memory_size(settings.memory) > MODEST_MEMORY:
        result += ["-object", f"memory-backend-ram,id=memory,size={settings.memory},reserve=off",
                   "-machine", "memory-backend=memory"]
    if settings.kvm:
        result += ["-accel", "kvm", "-cpu", "max,arch-capabilities=off"]
    else:
        result += ["-accel", "tcg", "-cpu", "max"]
    if settings.icount is not None and not settings.kvm:
        sleep = "off" if settings.display == "none" else "on"
        result += ["-icount", f"shift={settings.icount},sleep={sleep}"]
    if settings.display == "none":
        result += ["-rtc", "clock=vm,base=2000-01-01"]
    result += ["-drive", f"if=none,id=disk,format=raw,cache=unsafe,aio={'io_uring' if fast_disk else 'threads'},"
               f"file={escaped(disk)}"]
    result += DISKS[settings.disk] + ["-boot", "menu=off,strict=on"]
    result += ["-chardev", f"file,id=log,path={escaped(settings.log)}", "-device", "isa-parallel,chardev=log"]
    result += ["-device", "isa-debug-exit,iobase=0x501,iosize=2"]
    if settings.debugcon:
        result += ["-chardev", f"file,id=debugcon,path={escaped(settings.debugcon)}",
                   "-device", "isa-debugcon,iobase=0xe9,chardev=debugcon"]
    if settings.pause_at_end:
        result += ["-device", "pvpanic", "-action", "panic=pause", "-action", "shutdown=pause"]
    if settings.words:
        result += ["-fw_cfg", f"name=opt/kinglet/boot,string={escaped(settings.words)}"]
    result += ["-chardev", f"socket,id=monitor,fd={monitor_fd}", "-mon", "chardev=monitor,mode=control"]
    if gdb_fd is not None:
        listening = ",server=on,wait=off,nodelay=on" if settings.gdb != "private" else ""
        result += ["-chardev", f"socket,id=gdb,fd={gdb_fd}{listening}", "-gdb", "chardev:gdb"]
    result += ["-S"]                    # until somebody listens to its events
    counted = os.environ.get("KINGLET_COVERAGE")        # tests/coverage/: a folder; each machine adds a file to it
    if counted and not settings.kvm and not settings.wrap:
        result += ["-plugin", f"{escaped(counted)}/plugin.so,folder={escaped(counted)}"]
    return result + list(settings.extra)


def quick_folder():
    """The first folder for temporary files where the host's kernel reads at once what is in its memory (preadv2(2),
    RWF_NOWAIT), as a tmpfs never does; or None. From a disk image there a run is the same each time."""
    for folder in tempfile.gettempdir(), "/var/tmp":
        try:
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"\0")
                file.flush()
                os.preadv(file.fileno(), [bytearray(1)], 0, os.RWF_NOWAIT)
                return folder
        except (OSError, AttributeError):       # not there, not here, or not on this system
            continue
    return None


class Monitor:
    """QEMU's machine protocol (QMP) over a connected socket."""
    LONGEST = 64 << 20                  # bytes of a message

    def __init__(self, connection):
        self.socket = connection
        self.buffer = b""
        self.events = []                # not yet asked for
        self.closed = False

    def fileno(self):
        return self.socket.fileno()

    def receive(self, timeout):
        """The next message, or None after `timeout` seconds (None: wait for ever) or once QEMU has gone."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while b"\n" not in self.buffer:
            left = None if deadline is None else max(0, deadline - time.monotonic())
            if self.closed or not select.select([self.socket], [], [], left)[0]:
                return None
            try:
                data = self.socket.recv(65536)
            except OSError:
                data = b""
            self.closed = not data
            self.buffer += data
            if len(self.buffer) > self.LONGEST:
                raise Problem("QEMU's monitor sent a message without end: is QEMU= a QEMU?")
        line, self.buffer = self.buffer.split(b"\n", 1)
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            raise Problem(f"QEMU's monitor sent what is no message, {line[:40]!r}: is QEMU= a QEMU?")
        return message

    def command(self, name, **arguments):
        """Executes `name`; returns what it returns. Raises Problem if QEMU refuses, or is gone."""
        message = {"execute": name, "arguments": {key.replace("_", "-"): value for key, value in arguments.items()}}
        try:
            self.socket.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            self.closed = True
        while True:
            answer = self.receive(None)
            if answer is None:
                raise Problem(f"QEMU ended before it answered {name}")
            if "event" in answer:
                self.events.append(answer)
            elif "error" in answer:
                error = answer["error"]
                raise Problem(f"QEMU refused {name}: {error.get('desc') if isinstance(error, dict) else error}")
            elif "return" in answer:
                return answer["return"]

    def event(self, timeout):
        """The next event, or None, as `receive`."""
        if self.events:
            return self.events.pop(0)
        return self.receive(timeout)


@dataclasses.dataclass
class Outcome:
    """How a run ended. `kind`: "exit" (the kernel powered off), "triple fault", "wedged", "closed" (somebody ended
    QEMU), "died" (QEMU did not start, or crashed). `sentence` says so, and is empty if all is well."""
    kind: str
    status: int = None                  # QEMU's exit status
    sentence: str = ""
    screen: Screen = None               # the last one, if it could be read


class Machine:
    """One run of QEMU, private: a directory of its own, its monitor a socket nobody else can see.

        with Machine(image, words="fork view=off") as machine:
            outcome = machine.run(limit=20)
            print(outcome.screen.text(), machine.log())

    `started` runs from construction; `paused=True` waits for `cont()`. Keyword arguments are the fields of Settings."""

    def __init__(self, image, terminal=None, **settings):
        self.settings = Settings(image, **settings)
        self.process = None
        self.directory = tempfile.mkdtemp(prefix="kinglet-", dir=quick_folder())
        self.stub = None
        self.is_ending = False
        if self.settings.log is None:
            self.settings.log = os.path.join(self.directory, "log.txt")
        try:
            self._start(terminal)
        except BaseException:
            self.close()
            raise

    fast_disk = sys.platform == "linux"         # until QEMU has said that it cannot

    def _start(self, terminal):
        """Starts QEMU, with a slower disk if there is no fast one here."""
        if not shutil.which(self.settings.qemu):
            raise Problem(f"{self.settings.qemu} is not installed: run build/setup, or say where it is with QEMU=")
        self.disk = os.path.join(self.directory, "disk.img")
        try:
            shutil.copyfile(self.settings.image, self.disk)
        except OSError as error:
            raise Problem(f"cannot read the disk image {self.settings.image}: {error.strerror}; run make") from None
        try:
            self._launch(terminal)
        except Problem as problem:
            if not Machine.fast_disk or "uring" not in str(problem):
                raise
            Machine.fast_disk = False
            self._launch(terminal)

    def _launch(self, terminal):
        settings = self.settings
        ours, theirs = socket.socketpair()
        gdb_fd = None
        if settings.gdb == "private":
            self.stub_socket, gdb_socket = socket.socketpair()
        else:
            gdb_socket = settings.gdb
        passed = [theirs.fileno()]
        if gdb_socket:
            gdb_fd = gdb_socket.fileno()
            passed.append(gdb_fd)
        self.errors = open(os.path.join(self.directory, "errors"), "w+b")
        self.command_line = [settings.qemu] + options(settings, self.disk, theirs.fileno(), gdb_fd, Machine.fast_disk)
        if settings.wrap:
            self.command_line = settings.wrap(self.command_line, self.directory)
        self.process = subprocess.Popen(
            [*with_its_parent(), *self.command_line], pass_fds=passed, stdin=terminal or subprocess.DEVNULL,
            stdout=terminal or subprocess.DEVNULL, stderr=self.errors, start_new_session=terminal is None,
            preexec_fn=None if terminal is None else lambda: take_terminal(terminal))
        theirs.close()
        if settings.gdb == "private":
            gdb_socket.close()
        self.monitor = Monitor(ours)
        self.monitor.receive(None)      # its greeting
        try:
            self.monitor.command("qmp_capabilities")
        except Problem:
            raise Problem(self.death().sentence or f"{settings.qemu} ended at once: is it a QEMU?") from None
        if not settings.paused:
            self.cont()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends QEMU if it still runs, and removes the machine's directory."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    # Looking and touching

    def command(self, name, **arguments):
        """A QMP command, `-` in its arguments' names written `_`."""
        return self.monitor.command(name, **arguments)

    def stop(self):
        self.command("stop")

    def cont(self):
        self.command("cont")

    def inject_nmi(self):
        self.command("inject-nmi")

    def send_key(self, *names, hold=None):
        """Presses keys by QEMU's names, together: `send_key("ctrl", "c")`. `hold` in ms of virtual time."""
        keys = [{"type": "qcode", "data": name} for name in names]
        self.command("send-key", keys=keys, **({} if hold is None else {"hold_time": hold}))

    def virtual_time(self):
        """Seconds since power-on by the machine's own clock (whole ones; needs display "none")."""
        clock = self.command("qom-get", path="/machine", property="rtc-time")
        day = clock["tm_mday"] - 1 + 31 * clock["tm_mon"]
        return ((day * 24 + clock["tm_hour"]) * 60 + clock["tm_min"]) * 60 + clock["tm_sec"]

    def registers(self):
        """QEMU's `info registers`: text."""
        return self.command("human-monitor-command", command_line="info registers")

    def read_memory(self, address, size):
        """`size` bytes of physical memory at `address`."""
        path = os.path.join(self.directory, "memory")
        self.command("pmemsave", val=address, size=size, filename=path)
        with open(path, "rb") as file:
            return file.read()

    def gdb(self):
        """A connection to QEMU's gdb stub (needs gdb="private"): registers, breakpoints, writing memory."""
        if not self.stub:
            self.stub = gdbstub.Stub(self.stub_socket)
        return self.stub

    def screen(self):
        return Screen(self.read_memory(ADDRESS, SIZE))

    def screenshot(self, path):
        """Writes the screen as a picture."""
        picture = os.path.join(self.directory, "picture")
        self.command("screendump", filename=picture)
        try:
            with open(picture, "rb") as source:
                data = ppm_to_png(source.read())
        except ValueError as error:
            raise Problem(f"QEMU's screendump: {error}") from None
        with open(path, "wb") as target:
            target.write(data)

    def log(self):
        """What the parallel port has received, as text."""
        with open(self.settings.log, encoding="latin-1") as file:
            return file.read()

    # Waiting for the end

    def has_panicked(self):
        """Whether the log's last lines are those of a kernel panic."""
        if not os.path.isfile(self.settings.log):
            return False
        with open(self.settings.log, "rb") as file:
            file.seek(max(0, os.path.getsize(self.settings.log) - 8192))
            return b"\nkernel panic: " in file.read()

    def death(self):
        """Once QEMU has gone by itself, or at least from its monitor: how."""
        try:
            status = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return Outcome("died", None, "QEMU closed its monitor, and did not end")
        if status in EXIT_MEANING:
            return Outcome("exit", status, EXIT_MEANING[status])
        if status == 0:
            return Outcome("closed", status)
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines() or [f"exit status {status}"]
        return Outcome("died", status, f"QEMU ended by itself: {lines[-1]}")

    def handle(self, event, at_end=None):
        """Acts on one event. Returns an Outcome if that ends the run. `at_end(machine)` is called before the machine
        powers off, while it stands still."""
        name, data = event.get("event"), event.get("data", {})
        if name == "GUEST_PANICKED" and data.get("action") == "pause":
            self.is_ending = True           # it will stand still soon; to let it go on before that would be in vain
        if name == "STOP" and self.is_ending:
            self.is_ending = False
            self.last_screen = self.screen()
            if at_end:
                at_end(self)
            self.cont()
        if name == "SHUTDOWN" and data.get("reason") == "guest-reset":
            return Outcome("triple fault", None, "the machine reset itself: the kernel or the boot loader "
                           "triple-faulted (log.txt tells how far it came)")
        if name == "SHUTDOWN" and data.get("reason") == "guest-shutdown" and self.settings.pause_at_end:
            return Outcome("closed", 0)
        return None

    def look(self):
        """Where the machine is, and whether it is halted with interrupts off, by its registers as they are now."""
        state = dict(re.findall(r"\b(RIP|EIP|EFL|RFL|HLT)=([0-9a-f]+)", self.registers()))
        flags = int(state.get("RFL") or state.get("EFL", "200"), 16)
        where = "0x" + (state.get("RIP") or state.get("EIP", "?")).lstrip("0")
        return where, state.get("HLT") == "1" and not flags & 0x200

    def wedged(self, limit):
        """Why nothing will come any more, in a sentence, or None. `limit` in seconds of virtual time."""
        passed = self.virtual_time()
        where, is_halted = found = self.look()
        if is_halted and found == self.look():      # twice, since it may have been looked at in the midst of something
            return f"the machine stands still at {where}, halted with interrupts off"
        if passed > limit + 2:
            return f"the kernel is wedged: it did not end after {passed} s of its time, and was at {where}"
        return None

    def run(self, limit, at_end=None):
        """Waits for the end, at most a little more than `limit` seconds of virtual time. Returns its Outcome. A kernel
        that has panicked with `view=on` shows it until a key is typed: here nobody looks, so this types it."""
        self.last_screen = None
        poll = 0.05
        while True:
            event = self.monitor.event(poll)
            try:
                outcome = self.handle(event, at_end) if event else None
                if not event and not self.monitor.closed:
                    poll = min(1.0, poll * 1.5)
                    if self.has_panicked():
                        self.send_key("q")
                    sentence = self.wedged(limit)
                    outcome = Outcome("wedged", None, sentence) if sentence else None
            except Problem:
                if not self.monitor.closed:
                    raise
                outcome = None          # QEMU has just gone
            if self.monitor.closed:
                outcome = self.death()
            if outcome:
                if self.process.poll() is None:
                    self.last_screen = self.screen()
                outcome.screen = self.last_screen
                return outcome


@functools.cache
def with_its_parent():
    """What comes before a command so that it ends with the process that starts it, where the system has that. Done
    between fork and execution instead, by Python, it would cost a copy of this process's page tables."""
    return ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []


def take_terminal(terminal):
    """In QEMU's process before it starts: a session of its own, as it has without a terminal, so that Ctrl-C reaches
    only the launcher; and this terminal."""
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def kvm_problem(qemu="qemu-system-x86_64", image=None, memory="16M"):
    """Why KVM is of no use here, in a sentence, or None. With `image`, tries whether Kinglet starts under it."""
    if not os.path.exists("/dev/kvm"):
        return "there is no /dev/kvm"
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "/dev/kvm may not be opened by this user (is it in the group kvm?)"
    if not image:
        return None
    try:
        with Machine(image, words="allocators view=off stop=100", qemu=qemu, memory=memory, kvm=True) as machine:
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                event = machine.monitor.event(0.2)
                outcome = machine.handle(event) if event else None
                if machine.monitor.closed:
                    outcome = machine.death()
                if outcome:
                    return None if outcome.status == EXIT_CLEAN else f"under it, {outcome.sentence or 'QEMU ended'}"
            return "under it the kernel did not come to its end within 10 s"
    except Problem as problem:
        return f"under it, {problem}"
