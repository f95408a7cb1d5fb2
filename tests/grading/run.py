"""run.py - one run of a check, as its property sees it

    from grading.run import Run, Moment, Wrong

    def kernel_unreachable(run):
        for moment in run.moments():
            for mapping in moment.mappings():
                if mapping.va < PROC_START_ADDR and mapping.user and mapping.va != CONSOLE_ADDR:
                    run.wrong(moment, expected="...", found="...", va=mapping.va)

A property lets the machine go on from moment to moment and looks at what is there: page tables and memory, from
outside. If the machine does not come to the next moment, `moments` and `next` raise `Wrong` with the reason.
By hand, in the tree's top folder: `tests/grade --lab NAME --check ID`; in Python, see `one_run`.
"""
import dataclasses
import functools
import subprocess

import memory
from grading.built import Built
from grading.machine import Ending, Recording, Scenario
from grading.view import View

DONE = "done"


class Wrong(Exception):
    """A property does not hold. `moment` is where (None: nowhere in particular), `expected` and `found` are sentences
    without a full stop; the rest is as far as it is known; `root` is the page table of `va`, if not the moment's."""

    def __init__(self, moment, expected, found, process=None, va=None, pa=None, entry=None, function=None, cause=None,
                 ending=None, notes=(), root=None):
        super().__init__(f"expected {expected}, found {found}")
        self.moment, self.expected, self.found, self.process, self.root = moment, expected, found, process, root
        self.va, self.pa, self.entry, self.function, self.cause = va, pa, entry, function, cause
        self.ending, self.notes = ending, notes


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a run ended that nobody expected to go on: `kind` "exit" (it powered off; `status` is QEMU's exit status) or
    "limit" (its time was over)."""
    kind: str
    status: int
    moment: "Moment"


class Moment:
    """The machine as it was at one moment of a check's program. `name` and `args` (four unsigned numbers) are what the
    program gave to `moment`; `program` is its name, `cr3` its page table. What is read stays as it was, whatever the
    machine does later."""

    def __init__(self, recording, stop):
        self.recording, self.stop = recording, stop
        self.index, self.name, self.program, self.registers = stop.index, stop.name, stop.program, stop.registers
        self.args = tuple(stop.registers.get(name, 0) for name in ("rsi", "rdx", "rcx", "r8"))
        self.cr3 = stop.registers.get("cr3", 0) & memory.ADDRESS_BITS
        self.rip = stop.registers.get("rip", 0)
        self._walks = {}
        self.memory = View(stop.pages, recording.ram, recording.built)

    def __repr__(self):
        words = ", ".join(f"{word:#x}" for word in self.args)
        return f"moment {self.index} ({self.name} {words} of {self.program})"

    @property
    def is_now(self):
        """Whether the machine stands here."""
        return self.recording.stops[-1:] == [self.stop] and not self.recording.ending

    # Page tables

    def mappings(self, cr3=None):
        """All present mappings of the page table at `cr3` (default: this process's), by virtual address: list of
        build/memory.py's `Mapping` (va pa size writable user executable entry_pa entry)."""
        root = cr3 or self.cr3
        try:
            if root not in self._walks:
                self._walks[root] = self.memory.walk(root)
            return self._walks[root]
        except memory.TooManyTables as error:
            raise Wrong(self, "a page table that ends", str(error), pa=root) from None

    def own(self, cr3=None):
        """{va: Mapping} of those at or above PROC_START_ADDR."""
        return {mapping.va: mapping for mapping in self.mappings(cr3) if mapping.va >= memory.PROC_START_ADDR}

    def lookup(self, va, cr3=None):
        """The Mapping that `va` lies in, or None."""
        return next((each for each in self.mappings(cr3) if each.va <= va < each.va + each.size), None)

    def tables(self, cr3=None):
        """[(physical address, level, first virtual address)] of the page table's tables, the root (level 3) first."""
        try:
            return self.memory.tables(cr3 or self.cr3)
        except memory.TooManyTables as error:
            raise Wrong(self, "a page table that ends", str(error), pa=cr3 or self.cr3) from None

    def levels(self, va, cr3=None):
        """The processor's walk to `va`: (level, physical address of the entry, entry) of each step."""
        return list(self.memory.levels(cr3 or self.cr3, va))

    # Memory

    def read(self, va, size, cr3=None):
        """`size` bytes at `va` through a page table; None if not all of them are mapped."""
        data = b""
        while len(data) < size:
            at = va + len(data)
            pa = self.memory.address(cr3 or self.cr3, at)
            if pa is None:
                return None
            data += self.memory.read(pa, min(size - len(data), memory.PAGESIZE - at % memory.PAGESIZE))
        return data

    def physical(self, pa, size=memory.PAGESIZE):
        """`size` bytes of physical memory at `pa`; zeros where there is none, the screen's and other devices' included."""
        return self.memory.read(pa, size)

    def write(self, va, data, cr3=None):
        """Changes memory, where the machine stands now; the check says `disturbs = true` in checks.toml. False if not
        all of it is mapped (then nothing is changed). What this moment shows stays as it was."""
        parts, done = [], 0
        while done < len(data):
            pa = self.memory.address(cr3 or self.cr3, va + done)
            if pa is None:
                return False
            count = min(len(data) - done, memory.PAGESIZE - (va + done) % memory.PAGESIZE)
            parts.append((pa, data[done:done + count]))
            done += count
        for pa, part in parts:
            self.write_physical(pa, part)
        return True

    def write_physical(self, pa, data):
        """The same at a physical address."""
        if not self.is_now:
            raise ValueError("a property can write only at the moment where the machine stands")
        self.recording.write(pa, data)

    # For explanations only

    def processes(self):
        """{pid: build/memory.py's `Process`}, as the kernel has them, or {} if that makes no sense. The kernel may lie:
        this explains, and does not decide."""
        try:
            return self.memory.processes()
        except (LookupError, ValueError, subprocess.SubprocessError):
            return {}

    @functools.cached_property
    def pid(self):
        """The pid that the kernel has for this page table, or None; as `processes`."""
        return next((each.pid for each in self.processes().values() if each.pagetable == self.cr3), None)

    def describe_process(self, cr3=None):
        """A process in words."""
        if cr3 and cr3 != self.cr3:
            return f"the process with page table {cr3:#x}"
        who = f"process {self.pid}" if self.pid else "the process"
        program = f"{self.program}, " if self.program else ""
        return f"{who} ({program}page table {self.cr3:#x})"


class Run:
    """A run of a scenario from its beginning. Several can look at one recording."""

    def __init__(self, recording, scenario=None):
        self.recording = recording
        self.scenario = scenario or {}
        self.seed = recording.scenario.seed
        self.spaces = {}                # name: page table; for the property to keep
        self.position = self.finished = 0
        self.last_stop = None           # None: the end

    @property
    def built(self):
        return self.recording.built

    @property
    def kernel(self):
        """build/memory.py's `Kernel` of the kernel that the grader built."""
        return self.built.kernel

    @property
    def memory_pages(self):
        """Numbers of the physical pages that processes can have."""
        return self.built.memory_pages(self.recording.size)

    def elf(self, program):
        """The path of a program's ELF file."""
        return self.built.program(program).path

    def symbol(self, program, name):
        """The address of a symbol of a program."""
        return self.built.program(program).symbols[name]

    def log(self):
        """The log's text so far: up to the moment, or the end, that this run has come to."""
        return self.recording.log(self.last_stop)

    def wrong(self, moment, expected, found, **details):
        """Ends the check: the property does not hold. See `Wrong`."""
        raise Wrong(moment, expected, found, **details)

    # Going on

    def _step(self):
        """The next Moment, or the Ending."""
        stop = self.recording.stop(self.position)
        if isinstance(stop, Ending):
            self.last_stop = None
            return stop
        self.last_stop = stop
        self.position += 1
        self.finished += stop.name == DONE
        return self.moment_of(stop)

    def moment_of(self, stop):
        """The Moment of a stop: one for all who look at the recording."""
        return self.recording.moments.setdefault(stop, Moment(self.recording, stop))

    @property
    def is_done(self):
        """Whether each of the programs that were started has come to "done"."""
        return self.finished >= len(self.recording.programs)

    def moments(self, *names, least=1):
        """Lets the machine go on, from moment to moment; yields those with one of `names` (default: all of them, "done"
        included). Ends when each program that was started is done. Fewer than `least` are wrong: a kernel can send a
        process to its end, so a property says how many moments it has to see."""
        count = 0
        while not self.is_done:
            moment = self._step()
            if isinstance(moment, Ending):
                raise self._ended(moment, names)
            if not names or moment.name in names:
                count += 1
                yield moment
        if count < least:
            raise Wrong(None, f"{least} or more moments {' or '.join(names)}".rstrip(), f"{count}")

    def next(self, name=None):
        """The next moment (with that name). If there is none, that is wrong."""
        for moment in self.moments(*([name] if name else []), least=0):
            return moment
        raise Wrong(None, f'the moment "{name}"' if name else "one more moment", "none: the program was done before")

    def until_idle(self):
        """Runs on until nobody runs any more; returns an `Ended`. Passes by all moments; a reset or a kernel's panic is
        wrong. At the virtual limit, `kind` is "limit"."""
        while not isinstance(step := self._step(), Ending):
            pass
        panicked = step.kind == "exit" and self._has_panicked()
        if step.kind not in ("exit", "limit") or panicked:
            raise self._ended(step, ())
        return Ended(step.kind, step.status, self.moment_of(step.stop) if step.stop else None)

    def _has_panicked(self):
        return "\nkernel panic: " in self.log()

    def _ended(self, ending, names):
        from grading import explain         # it needs what is defined here
        return explain.wrong_ending(self, ending, names)


def one_run(folder, program, words="", seed=1, seconds=1.0, dirty=False, image="kinglet-test"):
    """A Run in the folder of a build, for those who write checks:

        run = one_run("obj", "check-isolation")
        for moment in run.moments(): print(moment, len(moment.own()))
    """
    scenario = Scenario(program, words, seed, seconds, dirty)
    return Run(Recording(Built(folder, image), scenario), dataclasses.asdict(scenario))
