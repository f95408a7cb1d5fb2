"""qemu.py - Kinglet's machine: one run of QEMU as an object

build/run.py is the command that people use (through make); the tests use `Machine` as it is. QEMU's options, and all
else that is relied on in QEMU, are in qemu_options.py.
"""
import dataclasses
import errno
import fcntl
import functools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time

import gdbstub
import scratch
from monitor import Monitor
from problem import Problem
from qemu_options import FIRST_WITH_SLOW_DISKS, Settings, disk_of, options
from screen import ADDRESS, SIZE, Screen, ppm_to_png

# What the kernel says by isa-debug-exit, as QEMU's exit status: (code << 1) | 1
EXIT_CLEAN, EXIT_FAULT, EXIT_AUDIT, EXIT_PANIC, EXIT_NO_PROGRAM = 33, 35, 37, 39, 41
EXIT_MEANING = {
    EXIT_CLEAN: "",
    EXIT_FAULT: "a process faulted or panicked",
    EXIT_AUDIT: "the audit found something wrong",
    EXIT_PANIC: "the kernel panicked",
    EXIT_NO_PROGRAM: "no program started",
}


def quick_folder():
    """The first folder for temporary files where the host's kernel reads at once what is in its memory (preadv2(2),
    RWF_NOWAIT), as a tmpfs never does; or None. From a disk image there a run is the same each time."""
    for choose in tempfile.gettempdir, lambda: "/var/tmp":
        try:
            folder = choose()
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"\0")
                file.flush()
                os.preadv(file.fileno(), [bytearray(1)], 0, os.RWF_NOWAIT)
                return folder
        except (OSError, AttributeError):       # not there, not here, or not on this system
            continue
    return None


NOTHING_TO_BOOT = "No bootable device."             # as SeaBIOS, QEMU's firmware, says it


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

    `started` runs from construction; `paused=True` waits for `cont()`. `terminal` is a `console.Console` for QEMU to
    draw on. Keyword arguments are the fields of Settings."""

    def __init__(self, image, terminal=None, **settings):
        self.settings = Settings(image, **settings)
        self.process = None
        self.folder = scratch.Folder("run", quick_folder())
        self.directory = self.folder.path
        self.stub = None
        self.is_ending = False
        self.is_stuck = False           # QEMU had closed its monitor, and had to be killed
        if self.settings.log is None:
            self.settings.log = os.path.join(self.directory, "log.txt")
        try:
            self._start(terminal)
        except BaseException:
            self.close()
            raise

    fast_disk = None                    # whether there is one: see `disk_of`; None: not known yet

    def _start(self, terminal):
        """Starts QEMU, with a slower disk if there is no fast one here."""
        if Machine.fast_disk is None:
            Machine.fast_disk = sys.platform == "linux" and quick_folder() is not None
        if not shutil.which(self.settings.qemu):
            raise Problem(f"{self.settings.qemu} is not installed: run build/setup, or say where it is with QEMU=")
        self.disk = os.path.join(self.directory, "disk.img")
        try:
            shutil.copyfile(self.settings.image, self.disk)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise scratch.no_room(os.path.dirname(self.directory), error) from None
            raise Problem(f"cannot read the disk image {self.settings.image}: {error.strerror}; run make") from None
        try:
            self._launch(terminal)
        except Problem as problem:
            if not Machine.fast_disk or "uring" not in str(problem):
                raise
            Machine.fast_disk = False
            self._launch(terminal)
        if not self.settings.paused:
            self.cont()

    def _launch(self, terminal):
        settings = self.settings
        if disk_of(settings, Machine.fast_disk) == "sd":
            os.truncate(self.disk, 1 << (os.path.getsize(self.disk) - 1).bit_length())
        ours, theirs = socket.socketpair()
        gdb_fd = None
        if settings.gdb == "private":
            self.stub_socket, gdb_socket = socket.socketpair()
        else:
            gdb_socket = settings.gdb
        passed = [theirs.fileno()]
        if settings.debugcon and not isinstance(settings.debugcon, str):
            passed.append(settings.debugcon.fileno())
        if settings.log_stream is not None:
            passed.append(settings.log_stream)
        if gdb_socket:
            gdb_fd = gdb_socket.fileno()
            passed.append(gdb_fd)
        self.errors = open(os.path.join(self.directory, "errors"), "w+b")
        self.command_line = [settings.qemu] + options(settings, self.disk, theirs.fileno(), gdb_fd, Machine.fast_disk)
        if settings.wrap:
            self.command_line = settings.wrap(self.command_line, self.directory)
        self._execute(passed, terminal)
        theirs.close()
        if settings.gdb == "private":
            gdb_socket.close()
        self.monitor = Monitor(ours)
        greeting = self.monitor.receive(None)
        try:
            self.monitor.command("qmp_capabilities")
        except Problem:
            raise Problem(self.death().sentence or f"{settings.qemu} ended at once: is it a QEMU?") from None
        version = greeting["QMP"]["version"]["qemu"]
        if Machine.fast_disk and (version["major"], version["minor"]) >= FIRST_WITH_SLOW_DISKS:
            Machine.fast_disk = False
            if disk_of(settings, False) == "sd":
                self.end_qemu()
                self._launch(terminal)

    def _execute(self, passed, terminal):
        command = [*with_its_parent(), *self.command_line]
        if not terminal:
            self.process = subprocess.Popen(command, pass_fds=passed, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=self.errors, start_new_session=True)
            return
        slave = terminal.open()
        try:
            self.process = subprocess.Popen(command, pass_fds=passed, stdin=slave, stdout=slave, stderr=self.errors,
                                            preexec_fn=lambda: take_terminal(slave))
        finally:
            os.close(slave)
        terminal.started()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def end_qemu(self):
        """Ends QEMU if it still runs."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def close(self):
        """Ends QEMU if it still runs, and removes the machine's directory."""
        self.end_qemu()
        self.folder.remove()

    # Looking and touching

    def command(self, name, **arguments):
        """A QMP command, `-` in its arguments' names written `_`. If QEMU ends before it answers,
        the Problem says how it did."""
        try:
            return self.monitor.command(name, **arguments)
        except Problem as problem:
            if not self.monitor.closed:
                raise
            raise Problem(f"{problem}: {self.last_words()}") from None

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
            self.stub = gdbstub.Stub(self.stub_socket, wake=self.wake)
        return self.stub

    def wake(self):
        """Has QEMU look at what has happened. From 10.2 on it may sleep although the machine has just stopped."""
        self.command("query-status")

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
        """What the parallel port has received, as text; "" if somebody has removed it."""
        try:
            with open(self.settings.log, encoding="latin-1") as file:
                return file.read()
        except OSError:
            return ""

    # Waiting for the end

    def has_panicked(self):
        """Whether the log's last lines are those of a kernel panic."""
        if not os.path.isfile(self.settings.log):
            return False
        with open(self.settings.log, "rb") as file:
            file.seek(max(0, os.path.getsize(self.settings.log) - 8192))
            return b"\nkernel panic: " in file.read()

    def status_at_end(self):
        """Once QEMU has gone by itself, or at least from its monitor: its exit status, or None if
        it did not end."""
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.is_stuck = True
            self.process.kill()
            self.process.wait()
        return None if self.is_stuck else self.process.returncode

    def last_words(self):
        """How QEMU ended, in words: by which signal or with which status, and its last line."""
        status = self.status_at_end()
        if status is None:
            return "QEMU closed its monitor, and did not end"
        how = f"ended by itself with status {status}"
        if status < 0:
            how = f"was ended by {signal.Signals(-status).name}"
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return f"QEMU {how}: {lines[-1]}" if lines else f"QEMU {how}"

    def death(self):
        """The Outcome, once QEMU has gone by itself, or at least from its monitor."""
        status = self.status_at_end()
        if status in EXIT_MEANING:
            return Outcome("exit", status, EXIT_MEANING[status])
        if status == 0:
            return Outcome("closed", status)
        return Outcome("died", status, self.last_words())

    def handle(self, event, at_end=None):
        """Acts on one event. Returns an Outcome if that ends the run, or if QEMU has gone
        meanwhile. `at_end(machine)` is called before the machine powers off, while it stands
        still."""
        try:
            return self._act_on(event, at_end)
        except Problem:
            if not self.monitor.closed:
                raise
            return self.death()

    def _act_on(self, event, at_end):
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
                           "triple-faulted")
        if name == "SHUTDOWN" and data.get("reason") == "guest-shutdown" and self.settings.pause_at_end:
            self.command("quit")            # its status is the one that the kernel gave, if it gave one
            return self.death()
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
        if NOTHING_TO_BOOT in self.screen().text():
            return "the firmware can start nothing from this disk, and has told so on the screen"
        where, is_halted = found = self.look()
        if is_halted and found == self.look():      # twice, since it may have been looked at in the midst of something
            return f"the machine stands still at {where}, halted with interrupts off"
        if passed > 1.5 * limit + 2:    # its ticks may lag: checks of memory take up to a quarter of all the time
            return f"the kernel is wedged: it did not end after {passed} s of its time, and was at {where}"
        return None

    def _event(self, seconds, meanwhile):
        """The next event within so many seconds, or None. `meanwhile(machine)`, if there is one, is called now and
        then."""
        end = time.monotonic() + seconds
        while meanwhile and not self.monitor.closed and time.monotonic() < end:
            event = self.monitor.event(0.02)
            if event:
                return event
            if not self.monitor.closed:
                meanwhile(self)
        return self.monitor.event(0 if meanwhile else seconds)

    def run(self, limit, at_end=None, meanwhile=None):
        """Waits for the end, at most a little more than `limit` seconds of virtual time. Returns its Outcome. A kernel
        that has panicked with `view=on` shows it until a key is typed: here nobody looks, so this types it.
        `meanwhile(machine)` is called again and again."""
        self.last_screen = None
        poll = 0.05
        while True:
            event = self._event(poll, meanwhile)
            try:
                outcome = self.handle(event, at_end) if event else None
                if not event and not self.monitor.closed:
                    poll = min(1.0, poll * 1.5)
                    if self.has_panicked():
                        self.send_key("q")
                    sentence = self.wedged(limit)
                    if sentence and not self.monitor.events:        # else it has just come to its end
                        outcome = Outcome("wedged", None, sentence)
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
