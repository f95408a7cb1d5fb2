"""looking.py - what the checks of this lab have in common: ways to look at one moment of a run

Everything comes from CR3, page tables and memory as they are; nothing here asks the kernel.
Contents of the pages of the check programs are those that check/u-check-vm.hh writes.
"""
import collections
import contextlib
import functools
import itertools
import struct

import memory
from memory import CONSOLE_ADDR, PAGESIZE, PROC_START_ADDR, PTE_A, PTE_D
from grading.run import Wrong

E_AGAIN, E_NOMEM, E_INVAL = -11, -12, -22
ERRORS = {E_AGAIN: "E_AGAIN", E_NOMEM: "E_NOMEM", E_INVAL: "E_INVAL", -38: "E_NOSYS"}
MEMSIZE_VIRTUAL, NPROC = memory.MEMSIZE_VIRTUAL, 36
SPARE = 16              # pages that a solution may keep for itself
PF_W = 2                # a segment's flag

CONSTRUCTOR = "new_address_space::new_address_space"
DESTRUCTOR = "new_address_space::~new_address_space"
COPY = "new_address_space::copy"
ADD_PAGE, PAGE_ALLOC = "address_space::add_page", "address_space::page_alloc"
# What a backtrace may blame:
TRUSTED = ("map_kernel", CONSTRUCTOR, DESTRUCTOR, COPY, ADD_PAGE, "fork_process", "end_process")


# Going through a run

# How often a program comes to a moment, at least, before its end; a kernel could send it straight
# there.
LEAST = {"check-four-grow": {"begin": 4, "grown": 4}, "check-four-touch": {"try": 3},
         "check-four-peek": {"try": 3},
         "check-pages": {"allocated": 40, "filled": 2, "replaced": 8},
         "check-refused": {"asked": 6, "allowed": 1, "took": 1}, "check-begin": {"ended": 21},
         "check-exhaust": {"full": 1, "refused": 6},
         "check-four-heaps": {"begin": 4, "grown": 4, "refused": 1},
         "check-four-stacks": {"begin": 4, "stack": 12},
         "check-fork": {"before": 1, "parent later": 1, "parent wrote": 1},
         "check-fork-tree": {"born": 1}, "check-fork-slots": {"again": 3},
         "check-fork-full": {"full": 1, "forked": 3}, "check-cycles": {"child": 10, "slots": 1},
         "check-replace": {"full": 1, "asked": 1}, "check-busy": {"now": 3},
         "check-share": {"born": 5, "all": 1, "alone": 1, "took": 1},
         "check-share-full": {"asked": 1, "gone": 1},
         "check-share-write": {"try": 2, "child": 1, "replaced": 1}}


def watch(run, *names):
    """The run's moments (with these names) until its program says that it has come to its end."""
    seen = collections.Counter()
    try:
        for moment in run.moments():
            seen[moment.name] += 1
            if moment.name == "end":
                _expect_all(run, moment, seen)
            if not names or moment.name in names:
                yield moment
            if moment.name == "end":
                return
    except Wrong as wrong:
        if wrong.ending and run.position == 0 and (told := _bad_start(wrong)):
            _blame(wrong, *told)
        raise


def _expect_all(run, end, seen):
    for name, least in LEAST[end.program.rstrip("234")].items():
        if seen[name] < least:
            run.wrong(end, expected=f'the program to come to "{name}" at least {least} times '
                      'before its end', found=f"it came there {seen[name]} times",
                      cause="a process is lost, or did not go on where it was")


def _bad_start(wrong):
    """(function, cause) of what went wrong before the first process ran, or None."""
    if wrong.ending.kind == "reset":
        return "map_kernel", ("`map_kernel` leaves out what the processor needs while the "
                              "process's page table is in use (the kernel's entry code, its "
                              "tables, its stack), or `new_address_space`, the constructor, does "
                              "not call it")
    if "kfree" in wrong.found:
        return "map_kernel", ("a new page table has pages where the program is about to be put, "
                              "which `add_page` then gives up: `map_kernel` maps more than what "
                              "lies below PROC_START_ADDR, or `new_address_space`, the "
                              "constructor, does")
    if wrong.va and MEMSIZE_VIRTUAL - PAGESIZE <= wrong.va < MEMSIZE_VIRTUAL:
        return "start_process", "the stack has no page there that the process can write to"
    if str(wrong.function).startswith("vmiter"):
        return CONSTRUCTOR, ("a page that becomes a page table is not cleared first: what was left "
                             "in it counts as entries (`new_table` clears)")
    return None


def _keeps_pagetable(moment):
    """Whether the slot of a process that has gone still says where its page table was."""
    try:
        slots = [moment.memory.structure("proc", moment.memory.process_address(slot))
                 for slot in range(1, NPROC)]
    except (LookupError, ValueError):
        return False
    return any(slot["state"] in (memory.P_FREE, memory.P_EXITED) and slot["pagetable"]
               for slot in slots)


def _blame(wrong, function, cause):
    """Says so, unless a panic's backtrace has named a function of the lab; then the cause only adds
    to it."""
    wrong.notes = [*wrong.notes, *([wrong.cause] if wrong.cause else [])]
    wrong.function = wrong.function if wrong.function in TRUSTED else function
    wrong.cause, wrong.is_told = cause, True


@contextlib.contextmanager
def blame(function, cause):
    """If the machine does not come through this, it is probably this function, for this reason."""
    try:
        yield
    except Wrong as wrong:
        if wrong.ending and wrong.moment and _keeps_pagetable(wrong.moment):
            function, cause = "end_process", (
                "a process that has ended still has a page table, which the kernel goes on to look "
                "at although it is given back (`end_process` takes it away from the process)")
        if not hasattr(wrong, "is_told") and (wrong.ending or not wrong.function):
            _blame(wrong, function, cause)
        raise


def four_spaces(run):
    """Moments of four processes, each with {program: page table} of those that were seen so far."""
    for moment in watch(run):
        run.spaces.setdefault(moment.program, moment.cr3)
        yield moment, run.spaces


# Words

def signed(word):
    """A moment's word as the number that a system call returned, which is an `int`."""
    return (word & 0xFFFF_FFFF ^ 0x8000_0000) - 0x8000_0000


def result_name(word):
    value = signed(word)
    return ERRORS.get(value, str(value))


def numbers(data):
    return struct.unpack(f"<{len(data) // 8}Q", data)


def bits(mapping):
    """An entry but for the bits that the processor sets by itself."""
    return mapping.entry & ~(PTE_A | PTE_D)


# Page tables

def low_pages(moment, cr3=None):
    """The kernel's part of a page table."""
    return [each for each in moment.mappings(cr3) if each.va < PROC_START_ADDR]


def user_pages(moment, cr3=None):
    """{va: Mapping} of what a process itself can use from PROC_START_ADDR on."""
    return {va: each for va, each in moment.own(cr3).items() if each.user}


def table_pages(moment, cr3=None):
    """{physical address: level} of a page table's own pages."""
    return {pa: level for pa, level, _ in moment.tables(cr3)}


def used_pages(moment, *roots):
    """Page numbers of all that these page tables are made of and refer to."""
    used = set()
    for cr3 in roots:
        used.update(pa // PAGESIZE for pa in table_pages(moment, cr3))
        used.update(each.pa // PAGESIZE for each in user_pages(moment, cr3).values())
    return used


def unused_pages(run, moment, *roots):
    """Addresses of the pages for processes that none of these page tables uses."""
    return sorted(pn * PAGESIZE for pn in set(run.memory_pages) - used_pages(moment, *roots))


def layout(moment, cr3=None):
    """{va: (pa, bits)} of all mappings: what must stay as it is when a system call changes
    nothing."""
    return {each.va: (each.pa, bits(each)) for each in moment.mappings(cr3)}


def difference(before, after):
    """The first va at which two dicts differ, or None."""
    return next((va for va in sorted(before.keys() | after.keys())
                 if before.get(va) != after.get(va)), None)


def pairs(spaces):
    """Each two of {name: something}, as ((name, something), (name, something))."""
    return itertools.combinations(spaces.items(), 2)


def shared_table(moment, one, other):
    """(pa, level) of a page-table page that two page tables have in common, or None."""
    common = table_pages(moment, one).keys() & table_pages(moment, other).keys()
    return max(((pa, table_pages(moment, one)[pa]) for pa in common), key=lambda each: each[1],
               default=None)


def shared_writable(moment, one, other):
    """(Mapping of one, Mapping of the other) of a page that both can use and at least one can write
    to, or None."""
    mine = {each.pa: each for each in user_pages(moment, one).values()}
    for each in user_pages(moment, other).values():
        same = mine.get(each.pa)
        if same and (same.writable or each.writable):
            return same, each
    return None


def owner_of(moment, pa):
    """The owner that `pageinfo` has for a page."""
    memory = moment.memory
    at = memory.page_address(pa // PAGESIZE) + memory.kernel.offset("physical_pageinfo", "owner")
    return memory.number(at, 1, signed=True)


# Contents

@functools.lru_cache(maxsize=None)
def filled(va, who):
    """What a page that `fill_page(va, who)` wrote has in it."""
    return struct.pack("<512Q", *((who << 48 | va + 8 * word) % 2**64 for word in range(512)))


def is_marked(moment, mapping, who):
    """Whether a page has the first and last word that `mark_page(va, who)` wrote."""
    words = [int.from_bytes(moment.physical(mapping.pa + offset, 8), "little")
             for offset in (0, PAGESIZE - 8)]
    return words == [who << 48 | mapping.va, who << 48 | mapping.va + PAGESIZE - 8]


def first_difference(one, other):
    """The offset of the first byte in which two pages differ; None if in none."""
    return next((offset for offset, (a, b) in enumerate(zip(one, other)) if a != b), None)


def segments(run, program):
    """(start, end, flags, contents) of each of a program's segments; `end` is page-aligned."""
    elf = run.built.program(program)
    for _, flags, offset, start, _, size, memsize, _ in elf.loads:
        if memsize:
            end = -(-(start + memsize) // PAGESIZE) * PAGESIZE
            yield start, end, flags, elf.data[offset:offset + size].ljust(end - start, b"\0")


def program_pages(run, program, writable=None):
    """Addresses of a program's pages; only those that may (not) be written, if `writable` is
    given."""
    return [va for start, end, flags, _ in segments(run, program)
            if writable in (None, bool(flags & PF_W)) for va in range(start, end, PAGESIZE)]


# Words for explanations

def place(va):
    """What lies at an address below PROC_START_ADDR."""
    if va < PAGESIZE:
        return "page 0"
    if va == CONSOLE_ADDR:
        return "the screen"
    if memory.KERNEL_START_ADDR <= va < memory.KERNEL_LIMIT_ADDR:
        return "the kernel"
    if va < memory.KERNEL_START_ADDR:
        return "memory below the kernel"
    return "devices and the firmware"


LEVELS = ("level-0 (last-level) table", "level-1 table", "level-2 table",
          "level-3 (top-level) table")
