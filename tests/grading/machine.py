"""machine.py - one run of the machine, stopped at the moments of a check's program

The machine counts instructions, so the same submission comes to the same moments, each at the same instruction, under
any load: nothing may depend on when the host looks. (The boot disk is one whose answers take no time of the machine's;
what was logged counts as it was at a stop, and so does memory.) It stops where the gdb port has breakpoints: at `check_moment` of the check's programs. Limits are in virtual
time: a watchdog, armed at the kernel's first instruction and anew at each moment, pauses the machine. A submission that
turns it off is stopped somewhat later, by a look at its clock now and then, and gets the same for it. (At each stop the
machine's clock goes on to its next timer, as if it had been idle: a moment costs up to a tick.)

What the machine was at a stop is kept, page by page, and pages that did not change are kept once: several checks of
the same run look at the same recording, each from its beginning.
"""
import dataclasses
import mmap
import os
import select
import struct
import time

import gdbstub
import memory
import qemu
from grading.view import View, changed_page
from problem import Problem

WALL_SECONDS = 600                  # of wall time from one stop to the next, whatever happens
POLL = 0.1
STILL_POLLS = 50                    # at so many polls without a break it was halted: nothing will wake it
DISK = "sd"                         # see build/qemu_options.py: its reads take no time of the machine's
MOST_STOPS = 5000
PACKET = 1024                       # bytes that one packet of the stub can take
RAM = 16 << 20
BLOCK = 64 << 10                    # what is compared first, before its pages are
FLOOD = 256 << 10                   # bytes of the log; no check's program has so much to say
CONTROL = "cr0 cr2 cr3 cr4".split()
CONTROL_AT = 17 * 8 + 7 * 4 + 3 * 8


# The watchdog (Intel 6300ESB datasheet, chapter 15): a PCI device in a slot of its own; two timers, the second of which
# acts, in units of 2^15 ticks of 33 MHz; each write needs the two writes before it.
WATCHDOG_SLOT, WATCHDOG_CONFIG = 0x1E, 0x80000000 | 0x1E << 11
PCI_ADDRESS, PCI_DATA, PCI_BAR, WATCHDOG_LOCK, WATCHDOG_ENABLE = 0xCF8, 0xCFC, 0x10, 0x68, 2
WATCHDOG_TIMERS, WATCHDOG_RELOAD, WATCHDOG_KEYS, WATCHDOG_AGAIN = (0, 4), 0xC, (0x80, 0x86), 0x100
WATCHDOG_UNIT = (1 << 15) / 33e6


class Debugger(gdbstub.Stub):
    """The stub's client, with the control registers, and a wait that can end. Addresses are physical."""

    def __init__(self, connection):
        super().__init__(connection)
        self.command("qXfer:features:read:target.xml:0,ffb")    # only then does QEMU take single registers
        self.physical(True)

    def registers(self):
        data = self.register_bytes(CONTROL_AT + 4 * 8)
        result = dict(zip(gdbstub.GENERAL, struct.unpack_from("<17Q", data)))
        result.update(zip(gdbstub.SHORT, struct.unpack_from("<7I", data, 17 * 8)))
        result.update(zip(CONTROL, struct.unpack_from("<4Q", data, CONTROL_AT)))
        return result

    def has_answer(self, seconds):
        """Waits so long for the beginning of an answer, or the end of QEMU."""
        deadline = time.monotonic() + seconds
        while b"$" not in self.buffer:              # but "+": QEMU has taken the last packet
            left = max(0, deadline - time.monotonic())
            if not select.select([self.socket], [], [], left)[0]:
                return False
            try:
                data = self.socket.recv(65536)
            except ConnectionError:
                data = b""
            if not data:
                break
            self.buffer += data
        return True

    def write_physical(self, pa, data):
        for at in range(0, len(data), PACKET):
            self.write(pa + at, data[at:at + PACKET])


@dataclasses.dataclass(frozen=True, eq=False)
class Stop:
    """The machine at one instruction: `pages` are the pages of its memory, `logged` bytes were in its log. `program`: whose moment it is, `name`
    which; both are None at the end."""
    index: int
    registers: dict
    pages: tuple
    logged: int = 0
    program: str = None
    name: str = None


@dataclasses.dataclass(frozen=True)
class Ending:
    """How a run ended. `kind`: "exit" (the kernel powered off; `status` is QEMU's), "reset", "limit" (its time was
    over), "flood" (its log is too long), "overwritten" (a program's text or constants have changed: `va`), "died" (QEMU did). `stop` is the machine
    then, None if it could not be looked at any more."""
    kind: str
    status: int = None
    stop: Stop = None
    sentence: str = ""
    va: int = 0


@dataclasses.dataclass(frozen=True)
class Scenario:
    """What makes two runs the same."""
    program: str                        # boot word
    words: str = ""                     # further ones
    seed: int = 1
    seconds: float = 1.0                # of virtual time, at most, from one moment to the next
    dirty: bool = False                 # junk in all free memory, when the kernel starts its first process

    def boot_with(self, word):
        """The boot words, if what is to start is called `word` in the machine."""
        return " ".join(f"{word} view=off {self.words}".split())


class Recording:
    """The machine of one scenario, as far as it has been run. `stop(n)` runs it as far as is needed."""

    def __init__(self, built, scenario, qemu_path="qemu-system-x86_64", wrap=None, extra=(), stays=False):
        """`extra`: options for QEMU. `stays`: a machine that has ended is still to be looked at."""
        self.built, self.scenario, self.stays = built.of(scenario), scenario, stays
        self.writes = []                # (stop's index, physical address, bytes) of those that a property made
        self.stops, self.ending = [], None
        self.is_stuck = False           # at its end, in the kernel
        self.moments = {}               # for those who look: what they made of each stop
        self.size = RAM if "machine=big" in scenario.words.split() else memory.MEMSIZE_PHYSICAL    # what is kept
        self.last_blocks, self.last_pages = [b""] * (self.size // BLOCK), (b"",) * (self.size // memory.PAGESIZE)
        self.wrap = wrap
        words = scenario.boot_with(self.built.boot_word(scenario.program))
        self.machine = qemu.Machine(self.built.image, words=words, qemu=qemu_path, paused=True, gdb="private",
                                    disk=DISK, wrap=self._with_devices, extra=extra)
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def _with_devices(self, command, directory):
        """The machine's memory is a file that we see too; and it has a watchdog."""
        path = os.path.join(directory, "ram")
        with open(path, "w+b") as file:
            file.truncate(RAM)
            self.ram = mmap.mmap(file.fileno(), RAM)
        command = [*command, "-object", f"memory-backend-file,id=ram,size={RAM},share=on,mem-path={path}",
                   "-machine", "memory-backend=ram",
                   "-device", f"i6300esb,addr={WATCHDOG_SLOT:#x}", "-action", "watchdog=pause"]
        return self.wrap(command, directory) if self.wrap else command

    def _prepare(self):
        self.debugger = Debugger(self.machine.stub_socket)
        self.programs = self.built.programs_of(self.scenario.program)
        self.breakpoints = {}
        for name in self.programs:
            if address := self.built.program(name).symbols.get("check_moment"):
                self.breakpoints[address] = name
                self.debugger.set_breakpoint(address)
        self._run_to(self.built.kernel_elf.symbols["kernel_entry"], self._arm)
        if self.scenario.dirty or "check_seed" in self.built.kernel_elf.symbols:
            self._run_to(self.built.kernel_elf.symbols["kernel_start"], self._change)

    def _run_to(self, address, action):
        """Lets the machine come to `address`, where `action` is done once."""
        self.debugger.set_breakpoint(address)
        if self._continue() == "break":
            action()
        self.debugger.clear_breakpoint(address)

    def _monitor(self, line):
        return self.machine.command("human-monitor-command", command_line=line)

    def _arm(self):
        """Starts the watchdog."""
        self._monitor(f"o /w {PCI_ADDRESS:#x} {WATCHDOG_CONFIG | PCI_BAR:#x}")
        self.watchdog = int(self._monitor(f"i /w {PCI_DATA:#x}").split("=")[1], 16) & ~15
        for timer, units in zip(WATCHDOG_TIMERS, (1, int(self.scenario.seconds / WATCHDOG_UNIT))):
            self._tell_watchdog(timer, struct.pack("<I", units))
        self._monitor(f"o /w {PCI_ADDRESS:#x} {WATCHDOG_CONFIG | WATCHDOG_LOCK:#x}")
        self._monitor(f"o /b {PCI_DATA:#x} {WATCHDOG_ENABLE}")

    def _tell_watchdog(self, register, data):
        for key in WATCHDOG_KEYS:
            self.debugger.write(self.watchdog + WATCHDOG_RELOAD, struct.pack("<I", key))
        self.debugger.write(self.watchdog + register, data)

    def _change(self):
        """What is changed before the kernel starts its first process: memory, and the seed that a lab's kernel may have,
        too."""
        if at := self.built.kernel_elf.symbols.get("check_seed"):
            self.debugger.write_physical(at, struct.pack("<Q", self.scenario.seed))
        if self.scenario.dirty:
            self._fill()

    def _fill(self):
        """Each word of memory that is not used yet looks like an entry of a page table that permits everything."""
        pages = self.built.memory_pages(self.size)
        for index, pn in enumerate(pages):
            other = pages[(index * 7 + 3) % len(pages)] * memory.PAGESIZE
            self.ram[pn * memory.PAGESIZE:(pn + 1) * memory.PAGESIZE] = struct.pack("<Q", other | 0x67) * 512

    def close(self):
        self.machine.close()

    def log(self, stop=None):
        """The log as it was at a stop; as it is now."""
        try:
            with open(self.machine.settings.log, "rb") as file:
                return file.read(-1 if stop is None else stop.logged).decode("latin-1")
        except OSError:                             # somebody has removed it
            return ""

    def write(self, pa, data):
        """Changes physical memory, where the machine stands."""
        self.writes.append((len(self.stops) - 1, pa, data))
        self.debugger.write_physical(pa, data)

    def repeat(self, index, writes):
        """Runs to the `index`th stop (None: to the end) as another recording did; `writes` are that one's."""
        while not isinstance(self.stop(len(self.stops)), Ending) and len(self.stops) - 1 != index:
            for at, pa, data in writes:
                if at == len(self.stops) - 1:
                    self.write(pa, data)

    # Stopping

    def stop(self, index):
        """The `index`th stop, or the Ending if the run ended before."""
        while index >= len(self.stops) and not self.ending:
            self._advance()
        return self.stops[index] if index < len(self.stops) else self.ending

    def _advance(self):
        """To the next moment, or the end."""
        why = self._continue()
        if why == "break":
            self._arrive(self.debugger.registers())
        elif why is not None:
            self._end(why)

    def _continue(self):
        """Lets it run until it stops; returns why, a QEMU run state or "break"; None if it ended meanwhile."""
        if self.ending:
            return None
        if not self._wait():
            self.debugger.interrupt()
            return "late"
        try:
            answer = self.debugger.receive()
        except (EOFError, ConnectionError):
            answer = "W"
        if answer.startswith(("W", "X")):
            self._died()
            return None
        if answer.startswith("T05"):
            return "break"
        return self.machine.command("query-status")["status"]

    def _wait(self):
        """Lets it run. False if it goes on although its time is over, or will never go on."""
        self.debugger.resume()
        deadline = time.monotonic() + WALL_SECONDS
        self.latest, self.still = None, 0
        while not self.debugger.has_answer(POLL):
            try:
                if self.is_flooded or time.monotonic() > deadline or self._is_over():
                    return False
            except Problem:                         # it has just ended: that is an answer, too
                if not self.machine.monitor.closed:
                    raise
                return True
        return True

    def _is_over(self):
        """Whether the machine, which runs, has had its time in spite of the watchdog, or will never go on."""
        now = self.machine.virtual_time()
        self.latest = self.latest or 1.5 * (now + self.scenario.seconds) + 2
        self.still = self.still + 1 if self.machine.look()[1] else 0
        return self.still > STILL_POLLS or now > self.latest

    def _arrive(self, registers):
        """At a breakpoint. It is a moment if a process came there in the program that we built."""
        rip, root = registers["rip"], registers["cr3"]
        elf, seen = self.built.program(self.breakpoints[rip]), self._look(registers)
        view = View(seen.pages, self.ram)
        changed, name = changed_page(view, elf, root), elf.string_at(registers["rdi"])
        if registers["cs"] & 3 != 3 or name is None or changed == rip // memory.PAGESIZE * memory.PAGESIZE:
            return self._step_over(rip)                 # something else is at this address
        if changed is not None:
            self.ending = Ending("overwritten", stop=seen, va=changed)
            return None
        if self.is_flooded:
            self.ending = Ending("flood")
            return None
        if len(self.stops) == MOST_STOPS:
            self.ending = Ending("limit", stop=seen, sentence=f"it came to more than {MOST_STOPS} moments")
            return None
        self.stops.append(dataclasses.replace(seen, program=self.breakpoints[rip], name=name))
        self._tell_watchdog(WATCHDOG_RELOAD, struct.pack("<H", WATCHDOG_AGAIN))
        if name == "begin":
            self._write_seed(view, elf, root)
        return self.debugger.set_register("rip", rip + 1)       # behind the nop

    def _step_over(self, address):
        self.debugger.clear_breakpoint(address)
        self.debugger.step()
        self.debugger.set_breakpoint(address)

    def _look(self, registers):
        pages = list(self.last_pages)
        for index, before in enumerate(self.last_blocks):
            now = self.ram[index * BLOCK:(index + 1) * BLOCK]
            if now == before:
                continue
            self.last_blocks[index] = now
            for at in range(0, BLOCK, memory.PAGESIZE):
                page, pn = now[at:at + memory.PAGESIZE], (index * BLOCK + at) // memory.PAGESIZE
                if page != pages[pn]:
                    pages[pn] = page
        self.last_pages = tuple(pages)
        return Stop(len(self.stops), registers, self.last_pages, self._log_size())

    def _log_size(self):
        path = self.machine.settings.log
        return os.path.getsize(path) if os.path.exists(path) else 0

    def _write_seed(self, view, elf, root):
        va, data = elf.symbols["check_seed"], struct.pack("<Q", self.scenario.seed)
        if pa := view.address(root, va):
            self.debugger.write_physical(pa, data)

    # The end

    def _end(self, state):
        """It stopped, and not at a breakpoint: `state` is QEMU's run state, or "late"."""
        stop = self._look(self.debugger.registers())
        if self.is_flooded:                         # when that is seen depends on the host; that it is so does not
            self.ending = Ending("flood")
        elif state in ("watchdog", "late"):
            self.is_stuck = stop.registers["cs"] & 3 != 3 and (state == "late" or not self._leaves_kernel())
            self.ending = Ending("limit", stop=stop, sentence="" if state == "watchdog" else
                                 "the machine went on past its watchdog, and was stopped from outside")
        elif state == "shutdown":
            reasons = [event["data"].get("reason") for event in self._events() if event.get("event") == "SHUTDOWN"]
            self.ending = Ending("reset", stop=stop) if "guest-reset" in reasons else Ending("exit", self._quit(), stop)
        elif state == "guest-panicked":             # the last moment at which the kernel can be looked at
            self.ending = Ending("exit", self._exit_status(), stop)
        else:
            self.ending = Ending("died", stop=stop, sentence=f"QEMU stopped ({state})")

    def _leaves_kernel(self):
        """Whether the kernel comes to the place where it goes on to a process, if it has some more time."""
        self._tell_watchdog(WATCHDOG_RELOAD, struct.pack("<H", WATCHDOG_AGAIN))
        self.debugger.set_breakpoint(self.built.kernel_elf.symbols["exception_return"])
        return self._continue() == "break"

    def _exit_status(self):
        """What the kernel says by the exit port, if it does so next."""
        if self.stays or not self._wait():
            return None
        return self._status_if_ended()

    def _status_if_ended(self):
        self.machine.process.poll()
        try:
            if not self.debugger.receive().startswith(("W", "X")):
                state = self.machine.command("query-status")["status"]
                return self._quit() if state == "shutdown" else None
        except (EOFError, ConnectionError):
            pass
        return self.machine.death().status

    def _quit(self):
        """Ends QEMU where it waits for that (see build/qemu_options.py); returns the status that the kernel gave."""
        self.machine.command("quit")
        return self.machine.death().status

    def _died(self):
        death = self.machine.death()
        if self.is_flooded:
            self.ending = Ending("flood")
        elif death.kind == "exit":
            seen = self._look({})
            self.ending = Ending("exit", death.status, seen)
        else:
            self.ending = Ending("died", death.status, sentence=death.sentence)

    def _events(self):
        while event := self.machine.monitor.event(0):
            yield event

    @property
    def is_flooded(self):
        return self._log_size() > FLOOD
