"""model_replay.py - steps of the machine's processes, and the model of memory that says what they do

The model is the one of `make prove` (tests/prove/model.hh), in a program of its own (tests/prove/replay.cc), which is
told each step and answers what each process has then.

    result = model.make(step, answer)       # None: the process does not go on
    model.slots[2].space.pages              # what was answered
"""
import collections
import dataclasses
import json
import struct
import subprocess

from memory import BIG_MEMSIZE_VIRTUAL, GUARD, MEMSIZE_VIRTUAL, P_EXITED, P_RUNNABLE, PAGESIZE
from problem import Problem

READ, WRITE, EXECUTE = 1, 2, 4
(UNKNOWN, GETPID, YIELD, PANIC, PAGE_ALLOC, FORK, EXIT, LOG, SBRK, EXEC, WAIT, KILL, SLEEP, GETPPID, SPAWN, PAGE_FREE,
 MAPPING, MEMORY, MPROTECT, PRINT) = range(20)
E_NOMEM, NPROC, VA_LOWEND, STATUS_FAULTED = -12, 36, 1 << 47, 256
SYSCALL, TOUCH_READ, TOUCH_WRITE, TOUCH_EXECUTE = range(4)
ACCESS = {TOUCH_READ: READ, TOUCH_WRITE: WRITE, TOUCH_EXECUTE: EXECUTE}
NAMES = ["getpid", "yield", "panic", "page_alloc", "fork", "exit", "log", "sbrk", "exec", "wait", "kill", "sleep",
         "getppid", "spawn", "page_free", "mapping", "memory", "mprotect", "write"]
PARAMETERS = {PANIC: 1, PAGE_ALLOC: 1, EXIT: 1, LOG: 1, SBRK: 1, EXEC: 2, WAIT: 2, KILL: 1, SLEEP: 1, SPAWN: 1,
              PAGE_FREE: 1, MAPPING: 2, MEMORY: 1, MPROTECT: 3, PRINT: 3}
ZERO_FRAME = 0                          # the page of zeros

Page = collections.namedtuple("Page", "frame perm content")


def down(va):
    return va & -PAGESIZE


def signed(number):
    return number - (1 << 64) if number >> 63 else number


@dataclasses.dataclass(frozen=True)
class Step:
    """What one process does: as p-test-model's `model_step`."""
    pid: int
    what: int
    number: int = 0
    a: int = 0
    b: int = 0
    c: int = 0
    refuse: int = 0

    def packed(self):
        return struct.pack("<7Q", *dataclasses.astuple(self))

    def words(self):
        return " ".join(f"{each:x}" for each in dataclasses.astuple(self)[:-1])

    def __str__(self):
        suffix = f"   (the {self.refuse}. page refused)" if self.refuse else ""
        if self.what == TOUCH_WRITE:
            return f"pid {self.pid}: write {self.b:#x} at {self.a:#x}{suffix}"
        if self.what != SYSCALL:
            return f"pid {self.pid}: {['read', 'write', 'execute'][self.what - 1]} at {self.a:#x}{suffix}"
        known = 1 <= self.number <= len(NAMES)
        given = [self.a, self.b, self.c][:PARAMETERS.get(self.number, 0) if known else 3]
        texts = [str(signed(each)) if abs(signed(each)) < 1000 else hex(each) for each in given]
        name = f"sys_{NAMES[self.number - 1]}" if known else f"system call {self.number:#x} "
        return f"pid {self.pid}: {name}({', '.join(texts)}){suffix}"


@dataclasses.dataclass
class Settings:
    """What kind of kernel runs: rooms that it has, and boot words."""
    programs: dict                      # name: [(address, bytes, size, permissions)], which a broken one has not
    is_big: bool = False
    cow: bool = True
    fork_copies: bool = False           # `fork` copies what may be written; always so without copy-on-write
    promises: bool = True
    eager_heap: bool = False            # a heap's pages come at once; always so without promises
    zero_page: bool = True

    @property
    def user_end(self):
        return BIG_MEMSIZE_VIRTUAL if self.is_big else MEMSIZE_VIRTUAL

    @property
    def stack_size(self):
        return PAGESIZE if not self.promises else 0x800000 if self.is_big else 16 * PAGESIZE

    def lines(self):
        kernel = (self.user_end, self.stack_size, self.eager_heap, self.cow, self.fork_copies, self.zero_page)
        yield "kernel " + " ".join(f"{each:x}" for each in kernel)
        for name, segments in self.programs.items():
            yield f"program {name}"
            for va, data, size, perm in segments:
                yield f"segment {va:x} {size:x} {perm:x} {data.hex() or '-'}"
        yield "start"


@dataclasses.dataclass
class Space:
    """One process's addresses: `pages` {va: Page}, and `regions`, sorted, of [start, end, permissions, label] that are
    promised."""
    pages: dict
    regions: list
    heap_start: int
    heap_break: int

    def region(self, va):
        return next((each for each in self.regions if each[0] <= va < each[1]), None)

    def permits(self, va, access):
        """Whether a process may access `va`, though its page may first have to come."""
        page, region = self.pages.get(down(va)), self.region(va)
        is_promised = region and region[3] != GUARD and region[2] & access
        return bool(page and page.perm & access or is_promised and (not page or page.frame == ZERO_FRAME))


@dataclasses.dataclass
class Process:
    """`space`: None of the record of a process that has exited. `arguments`: from here on, its stack's last page is
    known, since its program has not run yet; else None."""
    pid: int
    parent: int
    state: int
    status: int
    arguments: int
    space: Space


class Model:
    """`slots` {pid: Process}: what the model has, exit records included."""

    def __init__(self, program, settings):
        self.settings, self.slots, self.contents = settings, {}, {0: bytes(PAGESIZE)}
        try:
            self.program = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        except OSError:
            raise Problem(f"{program} is not there; run make model") from None
        self.ask("\n".join(settings.lines()))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.program.communicate()

    def ask(self, line):
        """What the model answers; `slots` then has what is new."""
        print(line, file=self.program.stdin, flush=True)
        answer = self.program.stdout.readline()
        if not answer:
            raise RuntimeError(f"the model does not understand: {line[:200]}")
        answer = json.loads(answer)
        self.contents |= {number: bytes.fromhex(content) for number, content in answer["contents"]}
        for pid, found in answer["processes"]:
            self.slots.pop(pid, None)
            if found:
                self.slots[pid] = self.process(pid, *found)
        return answer["result"]

    def process(self, pid, numbers, promises, pages):
        state, parent, status, new_stack, *heap = numbers
        pages = {va: Page(frame, perm, self.contents[content]) for va, frame, perm, content in pages}
        space = Space(pages, promises, *heap) if state != P_EXITED else None
        return Process(pid, parent, state, status, new_stack if new_stack >= 0 else None, space)

    def make(self, step, answer=b""):
        """The step in the model. `answer`: what the machine has stored, if its answer is about the machine. Returns the
        result, or None if the process does not go on after it."""
        return self.result(step, self.ask(f"step {step.words()} {answer.hex() or '-'}"))

    def make_without_memory(self, step, changed):
        """The same if there was no memory. `changed`: [(va, is_zeros)], the process's pages that are not those of
        before in the machine."""
        pages = " ".join(f"{va:x} {is_zeros:x}" for va, is_zeros in changed)
        return self.result(step, self.ask(f"refused {step.words()} {pages}"))

    @staticmethod
    def result(step, number):
        return number if number is None or step.what == SYSCALL else number % (1 << 64)

    def settle(self, pid, stack):
        self.ask(f"settle {pid:x} {stack.hex()}")

    def blocks(self, step):
        return bool(self.ask(f"blocks {step.pid:x} {step.a:x}"))

    def alive(self):
        """Pids of processes that can do something."""
        return sorted(pid for pid, each in self.slots.items() if each.state == P_RUNNABLE)

    def children(self, pid):
        return [each for _, each in sorted(self.slots.items()) if each.parent == pid]
