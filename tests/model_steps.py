"""model_steps.py - random steps for the model and the machine, and how a long run of them becomes a short one

A run is a list of *wishes*: numbers from the seed, that become a step only when its turn comes, by what there is then
(who lives, what is mapped). So any part of a list is a run too, and nothing that a step needs can be missing.
"""
import dataclasses
import os
import random
import re
import struct

from memory import LARGE_PAGESIZE, PAGESIZE, PROC_START_ADDR
from model_replay import (ACCESS, EXEC, EXECUTE, EXIT, FORK, GETPID, GETPPID, KILL, LOG, MAPPING, MEMORY, MPROTECT,
                          NPROC, PAGE_ALLOC, PAGE_FREE, PANIC, PRINT, READ, SBRK, SLEEP, SPAWN, SYSCALL, TOUCH_EXECUTE,
                          TOUCH_READ, TOUCH_WRITE, VA_LOWEND, WAIT, WRITE, YIELD, Step, down)

with open(os.path.join(os.path.dirname(__file__), "..", "lib", "abi.hh"), encoding="utf-8") as header:
    NSYSCALL = int(re.search(r"NSYSCALL = (\d+);", header.read())[1])
JUMP_BACK = 0xE1FF                      # `jmp *%rcx`, which leads an executed page back
RESERVE = 24                            # pages: with fewer, the first process does nothing that can end it
MOST_PROCESSES = 12                     # that live: more are slow, and no different
WEIGHTS = {
    "write": 16, "read": 9, "execute": 3, PAGE_ALLOC: 10, PAGE_FREE: 6, SBRK: 9, MPROTECT: 12, MAPPING: 4, MEMORY: 3,
    FORK: 9, EXIT: 3, KILL: 4, WAIT: 5, SPAWN: 2, EXEC: 3, LOG: 2, PANIC: 1, GETPID: 1, GETPPID: 1, YIELD: 1, SLEEP: 1,
    "unknown": 1, "code": 2, PRINT: 2,
}


def wishes(seed, count):
    source = random.Random(seed)
    kinds, weights = list(WEIGHTS), list(WEIGHTS.values())
    return [(source.choices(kinds, weights)[0], source.getrandbits(64)) for _ in range(count)]


class Maker:
    """Makes a step of a wish."""

    def __init__(self, state, text, can_refuse):
        self.state, self.text, self.can_refuse = state, text, can_refuse

    def make(self, wish, free):
        """`free`: how many pages are. Returns a Step."""
        kind, number = wish
        self.random = source = random.Random(number)
        alive = self.state.alive()
        self.pid = source.choice([pid for pid in alive if self.state.slots[pid].arguments is None] or alive)
        self.process = self.state.slots[self.pid]
        if kind in (FORK, SPAWN) and len(alive) >= MOST_PROCESSES and source.random() < 0.9:
            kind = EXIT
        step = self.touch(kind) if kind in ("read", "write", "execute", "code") else self.call(kind)
        step = self.harmless(step, free)
        if not self.can_refuse or source.random() > 0.25 or self.pid == 1 and step.what != SYSCALL:
            return step
        return dataclasses.replace(step, refuse=source.choice((1, 1, 1, 1, 2, 2, 3, 4, 6, 9)))

    def harmless(self, step, free):
        """The first process goes on, and nobody waits."""
        is_program = self.text["text"] <= step.a < self.text["end"]
        if step.what == SYSCALL and step.number in (PAGE_ALLOC, PAGE_FREE, MPROTECT) and is_program:
            return dataclasses.replace(step, a=0x180000)        # without it, a process cannot take any step
        if step.what != SYSCALL:
            if self.pid != 1 or free >= RESERVE and self.is_permitted(step):
                return step
        elif step.number == WAIT:
            if not self.state.blocks(step):
                return step
        elif self.pid != 1 or step.number not in (EXIT, PANIC):
            return step
        return Step(self.pid, SYSCALL, GETPID)

    def is_permitted(self, step):
        return self.process.space.permits(step.a, ACCESS[step.what])

    # Arguments

    def page(self):
        """A page that something may be done with."""
        source, state, space = self.random, self.state, self.process.space
        end, stack = state.settings.user_end, state.settings.stack_size
        base = space.heap_start
        choice = source.randrange(16)
        if choice < 5:
            return 0x180000 + source.randrange(4) * PAGESIZE
        if choice < 9:
            return (0x240000 if not state.settings.is_big else 0x40000000) + source.randrange(6) * PAGESIZE
        if choice < 12:
            edge = source.choice((base, space.heap_break))
            return max(base, down(edge + source.randrange(-5, 5) * PAGESIZE))
        if choice < 13:
            return end - PAGESIZE * source.randrange(1, 5)
        if choice < 14:
            return end - stack + PAGESIZE * source.randrange(-2, 3)
        if choice < 15 and space.pages:
            return source.choice(list(space.pages))
        return PROC_START_ADDR + source.randrange(0x1FF) * PAGESIZE

    def odd_address(self):
        """Most are nobody's, or at the edge of something; never on the screen's page, which is not in the model."""
        source = self.random
        edge = source.choice((0, PAGESIZE, 0x40000, 0x9F000, PROC_START_ADDR, 0x200000, 0x2EF000, 0x2F0000, 0x300000,
                              1 << 32, VA_LOWEND - PAGESIZE, VA_LOWEND, 0xFFFF800000000000, 1 << 63))
        address = edge + source.choice((0, 0, 1, -1, 8, -8, 16, PAGESIZE, -PAGESIZE, source.randrange(-64, 64)))
        if source.random() < 0.2:
            address = source.getrandbits(64) >> source.randrange(64)
        address %= 1 << 64
        return address if not 0xB7000 <= address < 0xBA000 else 0

    def address(self):
        source = self.random
        if source.random() < 0.1:
            return self.odd_address()
        return self.page() + source.choice((0, 0, 0, 8, 16, 0x100, 0xFE0, 0xFF8, 0xFFC, -8, source.randrange(PAGESIZE)))

    def name(self):
        """Where a name stands, most often that of a program that there is."""
        names = self.text["names"]
        choice = self.random.randrange(10)
        return names + 16 * (0 if choice < 6 else choice - 5) if choice < 9 else self.address()

    def touch(self, kind):
        source = self.random
        pages = self.process.space.pages
        va = (self.page() if source.random() < 0.9 else self.odd_address()) & -8
        va += 8 * source.randrange(512) if va % PAGESIZE == 0 and source.random() < 0.7 else 0
        if kind == "code":
            return Step(self.pid, TOUCH_WRITE, 0, down(va) + 16, JUMP_BACK)
        if down(va) == self.text["text"]:
            return Step(self.pid, TOUCH_READ, 0, va)
        what = {"read": TOUCH_READ, "write": TOUCH_WRITE, "execute": TOUCH_EXECUTE}[kind]
        if what == TOUCH_EXECUTE:
            va = down(va) + 16
            page = pages.get(down(va))
            is_code = page and struct.unpack_from("<H", page.content, 16)[0] == JUMP_BACK
            if not is_code and self.is_permitted(Step(self.pid, what, 0, va)):
                what = TOUCH_READ
        return Step(self.pid, what, 0, va, source.getrandbits(64) if what == TOUCH_WRITE else 0)

    def call(self, kind):
        source, pid = self.random, self.pid
        one_in = lambda n: source.randrange(n) == 0
        if kind == "unknown":
            number = source.choice((0, NSYSCALL, NSYSCALL + 1, 1000, 1 << 63, (1 << 64) - 1, source.getrandbits(64)))
            return Step(pid, SYSCALL, number if not 1 <= number < NSYSCALL else 0, self.address())
        if kind in (PAGE_ALLOC, PAGE_FREE):
            return Step(pid, SYSCALL, kind, self.odd_address() if one_in(8) else self.page())
        if kind == SBRK:
            return Step(pid, SYSCALL, kind, self.heap_delta() % (1 << 64))
        if kind == MPROTECT:
            size = source.choice((0, 1, 1, PAGESIZE, PAGESIZE, 2 * PAGESIZE, 3 * PAGESIZE, source.randrange(1 << 16)))
            if one_in(12):
                size = source.getrandbits(64) >> source.randrange(64)
            return Step(pid, SYSCALL, kind, self.address() if one_in(8) else self.page(), size,
                        source.choice((0, READ, WRITE, EXECUTE, READ | WRITE, READ | EXECUTE)) if not one_in(16)
                        else source.randrange(16))
        if kind == PRINT:
            return Step(pid, SYSCALL, kind, 1 if not one_in(4) else source.choice((0, 2, 1 << 32 | 1)), self.address(),
                        source.choice((0, 1, 100, 128, 129, 1 << 63)))
        if kind == MAPPING:
            return Step(pid, SYSCALL, kind, self.address(), self.address())
        if kind in (FORK, YIELD, GETPPID, GETPID):
            return Step(pid, SYSCALL, kind)
        if kind in (KILL, WAIT):
            others = [each for each in self.state.slots if each != pid]
            who = source.choice(others) if others and not one_in(4) else source.randrange(-2, NPROC + 3) % (1 << 64)
            return Step(pid, SYSCALL, kind, 0 if kind == WAIT and one_in(2) else who,
                        self.address() if kind == WAIT and not one_in(4) else 0)
        if kind in (SPAWN, EXEC):
            arguments = source.choice((0, 0, self.text["arguments"], self.address()))
            return Step(pid, SYSCALL, kind, self.name(), arguments if kind == EXEC else 0)
        if kind == EXIT:
            return Step(pid, SYSCALL, kind, source.randrange(1000))
        return Step(pid, SYSCALL, kind, 0 if kind == SLEEP else self.address())

    def heap_delta(self):
        source, space = self.random, self.process.space
        if space.heap_break < LARGE_PAGESIZE and source.randrange(5) == 0:
            return LARGE_PAGESIZE - space.heap_break + source.randrange(9 * PAGESIZE)       # where tables are shared
        return source.choice((0, 1, -1, PAGESIZE, PAGESIZE, -PAGESIZE, 5 * PAGESIZE, -4 * PAGESIZE, 100, -100,
                              source.randrange(-9 * PAGESIZE, 12 * PAGESIZE), space.heap_start - space.heap_break,
                              self.state.settings.user_end - space.heap_break, 1 << 62, -(1 << 63)))


def shortened(items, fails, tell=lambda count: None):
    """The shortest list that `fails`, given that `items` does at its end: parts are left out, halves first, then ever
    smaller ones, until no single one can be. `fails(list)` returns how many of them it took, or None."""
    size = len(items) // 2
    while size:
        start, has_changed = 0, False
        while start < len(items):
            taken = fails(items[:start] + items[start + size:])
            if taken is None:
                start += size
            else:
                items, has_changed = (items[:start] + items[start + size:])[:taken], True
                tell(len(items))
        size = size if has_changed and size == 1 else size // 2
    return items
