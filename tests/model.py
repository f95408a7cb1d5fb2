#!/usr/bin/env python3
"""model.py - the same calls for the machine and for a plain model, which must agree after each: called by make

    model.py run        one seed after the other for MINUTES (default 1), from SEED (default: by the clock); with SEED
                        and without MINUTES that one seed. CALLS (default 1000) steps each
    model.py gdb        the steps of SEQUENCE (a file that a failed run has written), with gdb attached

The environment has OBJ QEMU MEMORY, and REPLAY, the model's program; in BOOT, further boot words, such as
`fork=copy heap=eager`; for gdb, LOG GDB GDBFLAGS. WITHOUT=cow takes the kernel without that room. A step is a system
call, or an access to memory; the kernel that runs is failing.img's, which refuses a page where a step says so.

After each step the machine stands still at a breakpoint. Its page tables, read from its memory, must map what the model
(tests/prove/model.hh, told of each step) has at each address, with these contents and permissions; its owners and
counts must be those that follow from all page tables. A difference is reduced to the fewest steps that still lead to
one.
"""
import dataclasses
import functools
import mmap
import os
import pathlib
import select
import struct
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "build"))
import fuzz                                                     # noqa: E402
import model_replay                                             # noqa: E402
import model_steps                                              # noqa: E402
import model_view                                               # noqa: E402
import pack                                                     # noqa: E402
import qemu                                                     # noqa: E402
import qemu_options                                             # noqa: E402
import scratch                                                  # noqa: E402
from problem import Problem                                     # noqa: E402
from memory import kernel_of                                    # noqa: E402
from model_replay import E_NOMEM, EXEC, FORK, MPROTECT, SBRK, SPAWN, SYSCALL, Step, signed      # noqa: E402

MARK = b"Kinglet model's script\0"
STEP_LIMIT, STEP_SIZE = 60, 56
MAILBOX, COUNTDOWN = 0xB8140, 0xB8FF8           # tests/programs/p-test-model.cc
SILENT = 0x5EA1_ED00_5EA1_ED00          # stands where a result comes
PATIENCE = 5                            # seconds of the machine's time for one step
PROGRAM, BROKEN = "test-model", "test-main"


@dataclasses.dataclass(frozen=True)
class Setup:
    """Which kernel runs, and how."""
    folder: str
    without: str = ""                   # a room
    words: str = ""
    memory: str = "16M"
    qemu: str = "qemu-system-x86_64"
    model: str = ""                     # the model's program, if it is not the usual one
    files: bool = False                 # there is no disk (`fuzz.settings_of` asks)

    @property
    def image(self):
        return f"without-{self.without}" if self.without else "failing"

    @property
    def kernel(self):
        return fuzz.built(self.folder, f"{self.image}.elf")

    @property
    def program(self):
        return os.path.join(self.folder, "user", f"p-{PROGRAM}.elf")

    @property
    def replay(self):
        return self.model or os.path.join(self.folder, "replay")

    def settings(self, script):
        """Of the model. `script`: what this run has in the program's script."""
        segments, program = [], pack.Elf(self.program)
        for kind, flags, offset, va, _, file_size, size, _ in program.segments:
            data = program.data[offset:offset + file_size]
            if MARK in data:
                at = data.index(MARK) + 24
                data = data[:at] + script + data[at + len(script):]
            if kind == pack.PT_LOAD and size:
                perm = model_replay.READ | flags & model_replay.WRITE | (model_replay.EXECUTE if flags & 1 else 0)
                segments.append((va, data, size, perm))
        words = self.words.split()
        return model_replay.Settings(
            {PROGRAM: segments, BROKEN: []}, is_big="machine=big" in words,
            cow=self.without != "cow", fork_copies=self.without == "cow" or "fork=copy" in words,
            promises=self.without != "promises", eager_heap=self.without == "promises" or "heap=eager" in words,
            zero_page=self.without != "zero_page")


@dataclasses.dataclass
class Result:
    """What became of a run: the steps made, and after the last one what was wrong, in sentences."""
    problems: list
    steps: list
    answers: list                       # of each step: its result, or None
    log: list

    @property
    def succeeded(self):
        return sum(answer is not None and answer >= 0 for answer in self.answers)


@functools.cache
def symbols_of(program):
    """{name: address} of a program's file."""
    nm = [os.environ.get("TOOLPREFIX", "") + "nm", program]
    lines = subprocess.run(nm, check=True, capture_output=True, text=True).stdout.splitlines()
    return {name: int(address, 16) for address, _, name in map(str.split, lines)}


def has_packet(stub, seconds):
    """Whether the machine says something within this time, of the host's."""
    while b"$" not in stub.buffer:
        if not select.select([stub.socket], [], [], seconds)[0]:
            return False
        data = stub.socket.recv(65536)
        if not data:
            raise EOFError("QEMU has ended")
        stub.buffer += data
    return True


class Trial:
    """One run of the machine, and the model beside it."""

    def __init__(self, setup):
        self.setup, self.memory, self.size = setup, None, qemu_options.memory_size(setup.memory)
        self.directory = scratch.Folder("model")
        script = struct.pack("<Q", 0)
        image, ram = (os.path.join(self.directory.path, name) for name in ("model.img", "ram"))
        fuzz.write_parameters(setup.folder, f"{setup.image}.img", image, MARK, script)
        self.elf = kernel_of(setup.kernel)
        symbols = symbols_of(setup.program)
        self.checkpoint, self.at = symbols["model_checkpoint"], None
        self.state = model_replay.Model(setup.replay, setup.settings(script))
        names = symbols["model_script"] + 32 + STEP_LIMIT * STEP_SIZE
        text = {"names": names, "arguments": names + 64, "text": symbols["process_main"] & -4096,
                "end": symbols["end"]}
        self.maker = model_steps.Maker(self.state, text, can_refuse=not setup.without)
        with open(ram, "wb") as file:
            file.truncate(self.size)
        shared = ("-object", f"memory-backend-file,id=ram,size={self.size},mem-path={ram},share=on",
                  "-machine", "memory-backend=ram")
        self.machine = qemu.Machine(image, words=f"{PROGRAM} view=off {setup.words}", memory=setup.memory,
                                    qemu=setup.qemu, gdb="private", paused=True, extra=shared)
        with open(ram, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), self.size)
        self.view = model_view.View(self.elf, self.memory, symbols)
        self.stub = self.machine.gdb()
        self.stub.set_breakpoint(self.checkpoint)
        self.stub.physical(True)        # the screen's page is a device's, which can be written so only

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.machine.close()
        self.state.close()
        self.memory.close()
        self.directory.remove()

    def go(self):
        """Lets the machine run to the next checkpoint. Returns what is wrong, in a sentence, or an empty one."""
        self.stub.send("c" if self.at is None else f"c{self.at + 1:x}")
        self.at, start = self.checkpoint, None
        while True:
            try:
                if has_packet(self.stub, 0.3):
                    self.stub.receive()
                    break
                now = self.machine.virtual_time()
            except (EOFError, OSError, Problem):
                return self.last_words() or "the machine has ended"
            start = now if start is None else start
            if now > start + PATIENCE:
                self.stub.interrupt()
                return f"the machine went on for {PATIENCE} s without coming back: it is at " \
                       f"{self.stub.registers()['rip']:#x}"
        while self.machine.monitor.event(0):
            pass
        return ""

    def is_at_checkpoint(self):
        return self.stub.registers()["rip"] == self.checkpoint

    def last_words(self):
        log = self.machine.log().splitlines()
        return next((line for line in log if line.startswith("kernel panic:")), "")

    def make(self, step):
        """One step, by the machine and by the model. Returns (its result or None, what is wrong, in sentences)."""
        spare = self.view.variable("free_pages") - self.view.variable("owed_pages")
        self.stub.write(MAILBOX, step.packed() + struct.pack("<3Q", SILENT, step.refuse, 0))
        problem = self.go()
        if problem:
            return None, [problem]
        result, left, damage = struct.unpack("<3Q", self.stub.read(MAILBOX + STEP_SIZE, 24))
        if result == SILENT and not self.is_at_checkpoint():
            return None, [self.last_words() or "the machine has stopped by itself"]
        if result == SILENT:
            left, = struct.unpack("<Q", self.stub.read(COUNTDOWN, 8))
            self.stub.write(COUNTDOWN, bytes(8))
        result = None if result == SILENT else signed(result) if step.what == SYSCALL else result
        self.view.refresh()
        is_refused = step.refuse and left == 0 or self.is_for_want(step, result, spare)
        if is_refused:
            expected = self.state.make_without_memory(step, self.view.changed(self.state.slots[step.pid]))
        else:
            expected = self.state.make(step, self.view.answer(step))
            if expected == 0:
                self.view.check_answer(step)
        problems = []
        if expected != result:
            problems.append(f"{step} answered {shown(result)}, expected {shown(expected)}")
        if damage:
            problems.append(f"{step}: a register that the call should keep has changed")
        return result, problems + self.view.compare(self.state)

    def is_for_want(self, step, result, spare):
        """Whether it may have failed since the machine has so few pages that are not owed to copies."""
        space = self.state.slots[step.pid].space
        if step.what != SYSCALL:
            return result is None and spare < 6 and self.maker.is_permitted(step)
        wanted = {FORK: 8 + len(space.pages), SPAWN: 40, EXEC: 40, SBRK: 8 + signed(step.a) // 4096,
                  MPROTECT: 8 + len(space.pages)}.get(step.number, 8)
        return result == E_NOMEM and spare < wanted

    def run(self, items):
        """All steps, of wishes or given ones, until something is wrong."""
        result = Result([], [], [], [])
        problem = self.go()
        if problem:
            result.problems.append(problem)
            return result
        self.view.refresh()
        result.problems += self.view.compare(self.state)
        for item in items:
            if result.problems:
                break
            step = item if isinstance(item, Step) else self.maker.make(item, self.view.variable("free_pages"))
            answer, result.problems = self.make(step)
            result.steps.append(step)
            result.answers.append(answer)
        if not result.problems:
            result.problems = self.view.snapshot().problems()
        result.log = self.machine.log().splitlines()
        return result


def shown(result):
    return "nothing" if result is None else str(result) if abs(result) < 4096 else hex(result)


def run(setup, items):
    with Trial(setup) as trial:
        return trial.run(items)


def reduce(setup, items, tell=lambda text: None):
    """The fewest wishes that fail, and their Result, given that `items` do."""
    last = [None]

    def fails(part):
        result = run(setup, part)
        if not result.problems:
            return None
        last[0] = result
        return max(1, len(result.steps))

    taken = fails(items)
    if taken is None:
        raise Problem("a run failed and then did not: it was not the same twice; look for what the host's time "
                           "can change")
    best = [items[:taken], last[0]]

    def note(count):
        best[1] = last[0]
        tell(f"{count} steps")

    best[0] = model_steps.shortened(best[0], fails, note)
    return best


def report(setup, seed, items):
    """Reduces a failed run, and says what it is. Returns an exit status."""
    print(f"SEED={seed} fails: looking for the fewest steps", flush=True)
    _, result = reduce(setup, items, tell=lambda text: print(f"  {text}", flush=True))
    path = os.path.join(setup.folder, f"model-{seed}.steps")
    with open(path, "w", encoding="ascii") as file:
        for step in result.steps:
            file.write(" ".join(map(hex, dataclasses.astuple(step))) + f"  # {step}\n")
    for step, answer in zip(result.steps, result.answers):
        print(f"  {step} = {shown(answer)}")
    print("\n".join(result.problems[:12]))
    settings = fuzz.settings_of(setup)
    print(f"seed {seed}, {len(result.steps)} steps: {result.problems[0]}\n"
          f"again:     make model SEQUENCE={path}{settings}\nunder gdb: make model-gdb SEQUENCE={path}{settings}")
    return 1


def read_sequence():
    """The steps of the file SEQUENCE."""
    path = os.environ.get("SEQUENCE") or ""
    try:
        with open(path, encoding="ascii") as file:
            return [Step(*(int(word, 16) for word in line.split("#")[0].split())) for line in file]
    except (OSError, ValueError, TypeError):
        raise Problem(f"SEQUENCE={path}: no file of steps; give one that make model has written") from None


def from_environment():
    memory = os.environ.get("MEMORY") or "16M"
    words = os.environ.get("BOOT") or ""
    if qemu_options.memory_size(memory) != 16 << 20 and "machine=" not in words:
        words = f"machine=big {words}"
    without = os.environ.get("WITHOUT") or ""
    return Setup(os.environ.get("OBJ") or "obj", without, words.strip(), memory, fuzz.QEMU,
                 os.environ.get("REPLAY") or "")


def model(setup):
    """Seed after seed, until the time is over or one fails. Returns an exit status."""
    if os.environ.get("SEQUENCE"):
        result = run(setup, read_sequence())
        for step, answer in zip(result.steps, result.answers):
            print(f"  {step} = {shown(answer)}")
        print("\n".join(result.problems) or "ok: the machine agrees with the model after each step")
        return 1 if result.problems else 0
    calls, seed = fuzz.number("CALLS", 1000), fuzz.number("SEED", int(time.time()) % 1_000_000)
    minutes = fuzz.number("MINUTES", 0 if os.environ.get("SEED") else 1)
    end = time.monotonic() + 60 * minutes
    while True:
        items = model_steps.wishes(seed, calls)
        result = run(setup, items)
        if result.problems:
            return report(setup, seed, items[:max(1, len(result.steps))])
        print(f"SEED={seed} CALLS={calls}: ok; {result.succeeded} succeeded, "
              f"{result.answers.count(None)} ended their process or program", flush=True)
        if time.monotonic() >= end:
            return 0
        seed += 1


def replay(setup):
    """gdb on the steps of SEQUENCE, which the machine makes by itself. Returns gdb's exit status."""
    steps = read_sequence()
    if len(steps) > STEP_LIMIT:
        raise Problem(f"SEQUENCE has {len(steps)} steps, and there is room for {STEP_LIMIT}; reduce it first")
    script = struct.pack("<Q", len(steps)) + b"".join(step.packed() for step in steps)
    with scratch.Folder("model") as temporary:
        image = os.path.join(temporary, "model.img")
        fuzz.write_parameters(setup.folder, f"{setup.image}.img", image, MARK, script)
        return fuzz.debug(image, setup.kernel, setup.program,
                          words=f"{PROGRAM} view=off {setup.words}", memory=setup.memory)


if __name__ == "__main__":
    sys.exit(fuzz.main("model", run=lambda: model(from_environment()), gdb=lambda: replay(from_environment())))
