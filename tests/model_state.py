"""model_state.py - a plain model of what the kernel promises: processes, and what each address holds

No page tables, no counts, no shared tables: an address maps to a `Frame`, which has contents, with permissions. What
each system call does to that stands here as u-lib.hh and kernel/ say it. Several processes have one frame while the
kernel shares it; a frame keeps its physical page as long as it lives, so that where pages may be copied is known too.

What the calls do to this stands in model_calls.py.
"""
import collections
import dataclasses

from memory import (BIG_MEMSIZE_VIRTUAL, GUARD, MEMSIZE_VIRTUAL, P_EXITED, P_FAULTED, P_RUNNABLE, PAGESIZE,
                    PROC_START_ADDR, STACK)

READ, WRITE, EXECUTE = 1, 2, 4
(UNKNOWN, GETPID, YIELD, PANIC, PAGE_ALLOC, FORK, EXIT, LOG, SBRK, EXEC, WAIT, KILL, SLEEP, GETPPID, SPAWN, PAGE_FREE,
 MAPPING, MEMORY, MPROTECT, PRINT) = range(20)
E_PERM, E_NOENT, E_SRCH, E_2BIG, E_NOEXEC, E_BADF, E_CHILD, E_AGAIN, E_NOMEM, E_FAULT, E_INVAL, E_NOSYS = (
    -1, -2, -3, -7, -8, -9, -10, -11, -12, -14, -22, -38)
NPROC, VA_LOWEND, MAX_REGIONS = 36, 1 << 47, 16
STATUS_FAULTED, STATUS_KILLED = 256, 257
ZEROS = bytes(PAGESIZE)


def down(va):
    return va & -PAGESIZE


def up(va):
    return -(-va // PAGESIZE) * PAGESIZE


def signed(number):
    return number - (1 << 64) if number >> 63 else number


class Refused(Exception):
    """A call that answers with an error, or an access that stops the process: `error` then names how."""

    def __init__(self, error):
        super().__init__(error)
        self.error = error


class Frame:
    """A page's contents, and who has it. `pa`: where the machine keeps it, once that was seen."""
    __slots__ = ("content", "users", "pa")

    def __init__(self, content=ZEROS):
        self.content, self.users, self.pa = content, 0, None


@dataclasses.dataclass
class Settings:
    """What kind of kernel runs: rooms that it has, and boot words."""
    programs: dict                      # name: [(address, bytes, size, permissions)], or None for a broken one
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


class Space:
    """One process's addresses: `pages` {va: [frame, permissions]} that are there, and `regions`, sorted, of
    [start, end, permissions, source] that are promised."""

    def __init__(self):
        self.pages, self.regions = {}, []
        self.heap_start = self.heap_break = 0

    def region(self, va):
        return next((each for each in self.regions if each[0] <= va < each[1]), None)

    def changed_regions(self, start, end, change):
        """The regions, with what lies in `[start, end)` changed by `change(region)`: a region or None. Refused if there
        would be too many."""
        result = []
        for first, last, perm, source in self.regions:
            for part in ((first, min(last, start)), (max(first, start), min(last, end)), (max(first, end), last)):
                if part[0] >= part[1]:
                    continue
                is_inside = start <= part[0] and part[1] <= end
                new = [*part, perm, source]
                new = change(new) if is_inside else new
                if new and result and result[-1][1:] == [new[0], *new[2:]]:
                    result[-1][1] = new[1]
                elif new:
                    result.append(new)
        if len(result) > MAX_REGIONS:
            raise Refused(E_NOMEM)
        return result

    def add_region(self, start, end, perm, source):
        """Promises what nothing is promised in."""
        if start >= end:
            return
        before = next((each for each in self.regions if each[1:] == [start, perm, source]), None)
        if before:
            before[1] = end
        elif len(self.regions) == MAX_REGIONS:
            raise Refused(E_NOMEM)
        else:
            self.regions = sorted([*self.regions, [start, end, perm, source]])


@dataclasses.dataclass
class Process:
    pid: int
    parent: int
    space: Space
    state: int = P_RUNNABLE
    is_orphan: bool = False
    status: int = 0
    ended: int = 0
    arguments: int = None               # its program has not run yet: from here on, its stack is known


# How a child ended whose slot another process has
KeptEnd = collections.namedtuple("KeptEnd", "parent pid status")


class State:
    def __init__(self, settings):
        self.settings = settings
        self.zero = Frame()
        self.slots = {}                 # pid: Process, exit records included
        self.ended = 0
        self.kept = []                  # KeptEnd, the oldest first
        self.begin(1, 0, self.load("test-model"), arguments=PAGESIZE)

    # Processes

    def begin(self, pid, parent, space, arguments=None):
        self.slots[pid] = Process(pid, parent, space, arguments=arguments)

    def alive(self):
        """Pids of processes that can do something."""
        return sorted(pid for pid, each in self.slots.items() if each.state == P_RUNNABLE)

    def children(self, pid):
        return [each for _, each in sorted(self.slots.items()) if each.parent == pid]

    def descends(self, process, ancestor):
        while process.parent:
            if process.parent == ancestor:
                return True
            process = self.slots[process.parent]
        return False

    def free_slot(self):
        free = next((pid for pid in range(1, NPROC) if pid not in self.slots), None)
        records = [each for each in self.slots.values() if each.state == P_EXITED]
        if free is None and not records:
            raise Refused(E_AGAIN)
        return free or min(records, key=lambda each: each.ended).pid

    def take_slot(self, pid):
        """The slot is another process's now; how who ended there ended is kept."""
        record = self.slots.pop(pid, None)
        if record:
            self.kept = [*self.kept, KeptEnd(record.parent, pid, record.status)][-256:]

    def note_end(self, process, status):
        self.ended += 1
        process.status, process.ended = status, self.ended

    def leave_children(self, process):
        self.kept = [each for each in self.kept if each.parent != process.pid]
        for child in self.children(process.pid):
            if child.state in (P_EXITED, P_FAULTED):
                self.reap(child)
            else:
                child.parent, child.is_orphan = 0, True

    def end(self, process, status):
        if process.state != P_FAULTED:
            self.note_end(process, status)
        for va in list(process.space.pages):
            self.unmap(process.space, va)
        process.space = None
        self.leave_children(process)
        process.state = P_EXITED
        if not process.parent:
            del self.slots[process.pid]

    def reap(self, process):
        if process.state == P_FAULTED:
            self.end(process, STATUS_FAULTED)
        self.slots.pop(process.pid, None)

    def fault(self, process):
        """Stops a process, which keeps its memory."""
        self.note_end(process, STATUS_FAULTED)
        process.state = P_FAULTED
        self.leave_children(process)
        if process.is_orphan:
            self.reap(process)

    # Memory

    def map(self, space, va, frame, perm):
        frame.users += 1
        if va in space.pages:
            self.unmap(space, va)
        space.pages[va] = [frame, perm]

    def unmap(self, space, va):
        frame, _ = space.pages.pop(va)
        frame.users -= 1

    def own(self, page):
        """Makes a page's contents its own, so that they may change."""
        frame = page[0]
        if frame.users > 1:
            frame.users -= 1
            page[0] = Frame(frame.content)
            page[0].users = 1

    def resolve(self, space, va, access):
        """What a page fault means (docs/tour.md), or a kernel's access for the process. Refused says why not."""
        va = down(va)
        page = space.pages.get(va)
        if page and page[0] is not self.zero:
            if not page[1] & access:
                raise Refused("refused")
            if access == WRITE:
                self.own(page)
            return
        if page and page[1] & access:
            return
        region = space.region(va)
        if not region:
            raise Refused("null pointer" if va < PAGESIZE else "refused")
        if region[3] == GUARD:
            raise Refused("stack overflow")
        if not region[2] & access:
            raise Refused("refused")
        if access != WRITE and self.settings.zero_page:
            self.map(space, va, self.zero, region[2] & ~WRITE)
        else:
            self.map(space, va, Frame(), region[2])

    def touch(self, space, va, size, access):
        """Makes memory accessible for a call. Refused if it is not."""
        if size > VA_LOWEND or va >= VA_LOWEND or size > VA_LOWEND - va:
            raise Refused(E_FAULT)
        for page in range(down(va), va + size, PAGESIZE):
            try:
                self.resolve(space, page, access)
            except Refused:
                raise Refused(E_FAULT) from None

    def read(self, space, va, size):
        """Bytes that a call takes in."""
        self.touch(space, va, size, READ)
        pages = b"".join(space.pages[page][0].content for page in range(down(va), va + size, PAGESIZE))
        return pages[va - down(va):][:size]

    def string(self, space, va, limit):
        found = b""
        while len(found) < limit:
            here = va + len(found)
            part = self.read(space, here, min(limit - len(found), PAGESIZE - here % PAGESIZE))
            end = part.find(b"\0")
            if end >= 0:
                return found + part[:end]
            found += part
        return found

    def store(self, space, va, data):
        """Changes memory that is accessible."""
        while data:
            frame, at = space.pages[down(va)][0], va % PAGESIZE
            part = data[:PAGESIZE - at]
            frame.content = frame.content[:at] + part + frame.content[at + len(part):]
            va, data = va + len(part), data[len(part):]

    def load(self, name):
        """New memory with a program in it."""
        segments, settings, space = self.settings.programs[name], self.settings, Space()
        if segments is None:
            raise Refused(E_NOEXEC)
        end = PROC_START_ADDR
        for address, data, size, perm in segments:
            for offset in range(0, size, PAGESIZE):
                part = data[offset:offset + PAGESIZE]
                self.map(space, address + offset, Frame(part + bytes(PAGESIZE - len(part))), perm)
            end = max(end, up(address + size))
        space.heap_start = space.heap_break = up(end) if not settings.is_big else -(-end // 0x200000) * 0x200000
        stack = settings.user_end - settings.stack_size
        space.add_region(stack - PAGESIZE, stack, 0, GUARD)
        if settings.promises:
            space.add_region(stack, settings.user_end, READ | WRITE, STACK)
        self.map(space, settings.user_end - PAGESIZE, Frame(), READ | WRITE)
        return space

    def copy(self, space):
        result = Space()
        result.regions = [list(each) for each in space.regions]
        result.heap_start, result.heap_break = space.heap_start, space.heap_break
        for va, (frame, perm) in space.pages.items():
            is_shared = not self.settings.fork_copies or frame is self.zero or not perm & WRITE
            self.map(result, va, frame if is_shared else Frame(frame.content), perm)
        return result
