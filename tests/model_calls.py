"""model_calls.py - what each system call and each access does to the plain model

    result = do(state, step, machine)       # None: it does not return

Calls raise Refused with the error that they answer. `machine` (model_view.py) says what the machine has stored where
the answer is about the machine itself, its physical addresses and counts, and looks whether that is true.
"""
import dataclasses
import struct

from memory import HEAP, P_EXITED, P_FAULTED, PAGESIZE, PROC_START_ADDR, STACK
from model_state import (E_2BIG, E_BADF, E_CHILD, E_INVAL, E_NOENT, E_NOMEM, E_NOSYS, E_PERM, E_SRCH, EXEC, EXECUTE,
                         EXIT, FORK, GETPID, GETPPID, KILL, LOG, MAPPING, MEMORY, MPROTECT, NPROC, PAGE_ALLOC,
                         PAGE_FREE, PANIC, PRINT, READ, SBRK, SLEEP, SPAWN, STATUS_FAULTED, STATUS_KILLED, WAIT, WRITE,
                         YIELD, Frame, Refused, down, signed, up)

SYSCALL, TOUCH_READ, TOUCH_WRITE, TOUCH_EXECUTE = range(4)
ACCESS = {TOUCH_READ: READ, TOUCH_WRITE: WRITE, TOUCH_EXECUTE: EXECUTE}
ARGUMENT_LIMIT, ARGUMENT_BYTES_LIMIT, MESSAGE_LIMIT, NAME_LIMIT, WRITE_LIMIT = 32, 1024, 256, 64, 128
NAMES = ["getpid", "yield", "panic", "page_alloc", "fork", "exit", "log", "sbrk", "exec", "wait", "kill", "sleep",
         "getppid", "spawn", "page_free", "mapping", "memory", "mprotect", "write"]
PARAMETERS = {PANIC: 1, PAGE_ALLOC: 1, EXIT: 1, LOG: 1, SBRK: 1, EXEC: 2, WAIT: 2, KILL: 1, SLEEP: 1, SPAWN: 1,
              PAGE_FREE: 1, MAPPING: 2, MEMORY: 1, MPROTECT: 3, PRINT: 3}


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


def do(state, step, machine):
    """Changes the model as the step should have changed the machine. Returns the result, or None if the process does
    not go on after it."""
    process = state.slots[step.pid]
    try:
        if step.what == SYSCALL:
            call = CALLS.get(step.number)
            if not call:
                return E_NOSYS
            return call(state, process, step, machine)
        state.resolve(process.space, step.a, ACCESS[step.what])
    except Refused as refused:
        if step.what == SYSCALL:
            return refused.error
        state.fault(process)
        return None
    if step.what == TOUCH_WRITE:
        state.store(process.space, step.a, struct.pack("<Q", step.b))
    if step.what != TOUCH_READ:
        return 0
    return struct.unpack_from("<Q", process.space.pages[down(step.a)][0].content, step.a % PAGESIZE)[0]


def do_without_memory(state, step, machine):
    """The same where there was no memory: nothing has changed that anybody could tell, though pages may be there that
    were promised, and copies made. An access stops its process."""
    process = state.slots[step.pid]
    if step.what != SYSCALL:
        state.fault(process)
        if step.pid in state.slots:
            state.end(process, STATUS_FAULTED)
        return None
    for va, access in spans(process.space, step):
        machine.adopt(state, process, va, access)
    return E_NOMEM


def spans(space, step):
    """(page, access) of what a call touches before it takes effect."""
    found = {MAPPING: [(step.b, 16, WRITE)], MEMORY: [(step.a, 96, WRITE)], WAIT: [(step.b, 4, WRITE)],
             LOG: [(step.a, MESSAGE_LIMIT, READ)], PANIC: [(step.a, MESSAGE_LIMIT, READ)],
             SPAWN: [(step.a, NAME_LIMIT, READ)], EXEC: [(step.a, NAME_LIMIT, READ)],
             PRINT: [(step.b, min(step.c, WRITE_LIMIT), READ)],
             MPROTECT: [(step.a, step.b, WRITE)]}.get(step.number, [])
    for va, size, access in found:
        for page in range(down(va), va + min(size, 1 << 22), PAGESIZE):
            yield page, access
    if step.number == EXEC:
        for page in list(space.pages) + [page for each in space.regions if each[1] - each[0] < 1 << 22
                                         for page in range(each[0], each[1], PAGESIZE)]:
            yield page, READ                        # arguments may be anywhere


def is_own(state, va):
    return PROC_START_ADDR <= va < state.settings.user_end


def page_alloc(state, process, step, _machine):
    if step.a % PAGESIZE or not is_own(state, step.a):
        raise Refused(E_INVAL)
    state.map(process.space, step.a, Frame(), READ | WRITE)
    return 0


def page_free(state, process, step, _machine):
    if step.a not in process.space.pages:
        raise Refused(E_INVAL)
    state.unmap(process.space, step.a)
    return 0


def clear_again(state, space, start, end):
    """Zeros in what was the heap before and is again: a part of one page, if it is there and may be written."""
    page = space.pages.get(down(start))
    if start >= end or not page or not any(page[0].content[start % PAGESIZE:][:end - start]):
        return
    try:
        state.resolve(space, start, WRITE)
    except Refused:
        return
    state.store(space, start, bytes(end - start))


def sbrk(state, process, step, _machine):
    space, settings = process.space, state.settings
    old, new = space.heap_break, space.heap_break + signed(step.a)
    if not space.heap_start <= new <= settings.user_end:
        raise Refused(E_INVAL)
    if any(each[0] < up(new) and up(old) < each[1] for each in space.regions if up(new) > up(old)):
        raise Refused(E_NOMEM)
    clear_again(state, space, old, min(up(old), new))
    if up(new) > up(old):
        start, end = up(old), up(new)
        if settings.eager_heap:
            for va in range(start, end, PAGESIZE):
                if va not in space.pages:
                    state.map(space, va, Frame(), READ | WRITE)
        else:
            space.add_region(start, end, READ | WRITE, HEAP)
    elif up(new) < up(old):
        space.regions = space.changed_regions(up(new), up(old), lambda each: None)
        for va in [va for va in space.pages if up(new) <= va < up(old)]:
            state.unmap(space, va)
    space.heap_break = new
    return old


def mprotect(state, process, step, _machine):
    space, va, size, prot = process.space, step.a, step.b, step.c
    user_end = state.settings.user_end
    if prot not in (0, 1, 2, 3, 4, 5) or va % PAGESIZE or not PROC_START_ADDR <= va <= user_end or size > user_end - va:
        raise Refused(E_INVAL)
    end, perm = va + up(size), prot | (READ if prot else 0)
    page = va
    while page < end:
        region = space.region(page)
        if region and region[3] in (HEAP, STACK):
            page = region[1]
        elif page in space.pages:
            page += PAGESIZE
        else:
            raise Refused(E_NOMEM)
    space.regions = space.changed_regions(
        va, end, lambda each: each if each[3] not in (HEAP, STACK) else [*each[:2], perm, each[3]])
    for page in [page for page in space.pages if va <= page < end]:
        entry = space.pages[page]
        entry[1] = perm & ~WRITE if entry[0] is state.zero else perm
        if perm & WRITE and not state.settings.cow and entry[0] is not state.zero:
            state.own(entry)
    return 0


def mapping(state, process, step, machine):
    if not is_own(state, step.a):
        raise Refused(E_INVAL)
    state.touch(process.space, step.b, 16, WRITE)
    state.store(process.space, step.b, machine.mapping_answer(step))
    return 0


def memory(state, process, step, machine):
    state.touch(process.space, step.a, 104, WRITE)
    state.store(process.space, step.a, machine.memory_answer(step))
    return 0


def fork(state, process, _step, _machine):
    pid = state.free_slot()
    space = state.copy(process.space)
    state.take_slot(pid)
    state.begin(pid, process.pid, space)
    return pid


def find_program(state, process, va):
    name = state.string(process.space, va, NAME_LIMIT).decode("latin-1")
    if name not in state.settings.programs:
        raise Refused(E_NOENT)
    return name


def spawn(state, process, step, _machine):
    name = find_program(state, process, step.a)
    pid = state.free_slot()
    space = state.load(name)
    state.take_slot(pid)
    state.begin(pid, process.pid, space, arguments=PAGESIZE)
    return pid


def copy_arguments(state, process, argv):
    strings = []
    while True:
        size = sum(len(each) + 1 for each in strings)
        va, = struct.unpack("<Q", state.read(process.space, argv + 8 * len(strings), 8))
        if va == 0:
            return strings
        room = ARGUMENT_BYTES_LIMIT - size
        if len(strings) == ARGUMENT_LIMIT or room == 0:
            raise Refused(E_2BIG)
        strings.append(state.string(process.space, va, room))
        if len(strings[-1]) == room:
            raise Refused(E_2BIG)


def exec_(state, process, step, _machine):
    name = find_program(state, process, step.a)
    strings = copy_arguments(state, process, step.b) if step.b else None
    space, known = state.load(name), PAGESIZE
    if strings is not None:
        data = b"".join(each + b"\0" for each in strings)
        end = state.settings.user_end
        start = end - (len(data) + 15) // 16 * 16
        argv = start - (8 * (ARGUMENT_LIMIT + 1) + 15) // 16 * 16
        addresses = [start + sum(len(each) + 1 for each in strings[:i]) for i in range(len(strings))]
        state.store(space, start, data)
        state.store(space, argv, struct.pack(f"<{len(addresses)}Q", *addresses))
        known = argv % PAGESIZE
    for va in list(process.space.pages):
        state.unmap(process.space, va)
    process.space, process.arguments = space, known
    return None


def exit_(state, process, step, _machine):
    state.end(process, step.a & 255)
    return None


def panic(state, process, step, _machine):
    state.string(process.space, step.a, MESSAGE_LIMIT)
    state.fault(process)
    return None


def log(state, process, step, _machine):
    state.string(process.space, step.a, MESSAGE_LIMIT)
    return 0


def print_(state, process, step, _machine):
    if step.a not in (1, 2):
        raise Refused(E_BADF)
    size = min(step.c, WRITE_LIMIT)
    state.touch(process.space, step.b, size, READ)
    return size


def wait(state, process, step, _machine):
    child = ended_child(state, process, step.a)
    if not child:
        raise RuntimeError("a step that blocks")
    if step.b:
        state.touch(process.space, step.b, 4, WRITE)
        state.store(process.space, step.b, struct.pack("<i", child.status))
    if child in state.kept:
        state.kept.remove(child)
    else:
        state.reap(child)
    return child.pid


def ended_child(state, process, wanted):
    """The child that `sys_wait` finds, or None if it has to wait."""
    if not 0 <= signed(wanted) < NPROC:
        raise Refused(E_INVAL)
    children = state.children(process.pid)
    if wanted:
        children = [each for each in children if each.pid == wanted]
    kept = [each for each in state.kept if each.parent == process.pid and wanted in (0, each.pid)]
    if kept and not (wanted and children):
        return kept[0]
    if not children:
        raise Refused(E_CHILD)
    ended = [each for each in children if each.state in (P_EXITED, P_FAULTED)]
    return min(ended, key=lambda each: each.ended, default=None)


def kill(state, process, step, _machine):
    if not 0 < signed(step.a) < NPROC or step.a == process.pid:
        raise Refused(E_INVAL)
    victim = state.slots.get(step.a)
    if not victim or not victim.space:
        raise Refused(E_SRCH)
    if not state.descends(victim, process.pid):
        raise Refused(E_PERM)
    state.end(victim, STATUS_KILLED)
    return 0


CALLS = {
    GETPID: lambda state, process, step, machine: process.pid, YIELD: lambda state, process, step, machine: 0,
    PANIC: panic, PAGE_ALLOC: page_alloc, FORK: fork, EXIT: exit_, LOG: log, SBRK: sbrk, EXEC: exec_, WAIT: wait,
    KILL: kill, SLEEP: lambda state, process, step, machine: 0,
    GETPPID: lambda state, process, step, machine: process.parent, SPAWN: spawn, PAGE_FREE: page_free,
    MAPPING: mapping, MEMORY: memory, MPROTECT: mprotect, PRINT: print_,
}
