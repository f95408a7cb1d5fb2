"""checks.py - what has to be true in this lab, step by step

Each function is one property of one run of a check's program (check/p-check-....cc says what that does and what its
moments mean); checks.toml says which program, scenarios and points. A property looks at page tables and memory at every
moment and ends with `run.wrong(...)` at the first thing that cannot be. It asks for nothing that a solution could do
otherwise: not for an order of allocation, nor for a structure.

Here: steps isolation and spaces. page_checks.py: pages and overlap. fork_checks.py: fork. freeing_checks.py: freeing
and sharing. looking.py: what they have in common.
"""
from memory import CONSOLE_ADDR, MEMSIZE_VIRTUAL, PAGESIZE, PROC_START_ADDR

from looking import (
    ADD_PAGE, CONSTRUCTOR, E_INVAL, LEVELS, PAGE_ALLOC, PF_W, SPARE, blame, difference, filled, first_difference,
    four_spaces, layout, low_pages, pairs, place, result_name, segments, shared_table, signed, table_pages, user_pages,
    watch)
from page_checks import *                       # pylint: disable=wildcard-import,unused-wildcard-import
from fork_checks import *                       # pylint: disable=wildcard-import,unused-wildcard-import
from freeing_checks import *                    # pylint: disable=wildcard-import,unused-wildcard-import
from short_memory_checks import *               # pylint: disable=wildcard-import,unused-wildcard-import

DEVICES_ADDR = 0xA0000


# Step 1: kernel isolation

def isolation_begun(run):
    """The gate of the step: a process may not use everything that the kernel may."""
    for moment in watch(run):
        low = low_pages(moment)
        if low and all(each.user for each in low):
            run.wrong(moment, expected="the kernel's part of the page table not to be the process's as well",
                      found=f"all {len(low)} pages below PROC_START_ADDR are user-accessible", va=low[0].va,
                      entry=low[0].entry, function="map_kernel",
                      cause="`map_kernel` still gives every page PTE_U: step isolation has not begun")


def _unreachable(run, first, last, cause):
    for moment in watch(run):
        for each in low_pages(moment):
            if each.user and first <= each.va <= last and each.va != CONSOLE_ADDR:
                run.wrong(moment, expected=f"no page of {place(each.va)} that a process can use",
                          found=f"page {each.va:#x} is user-accessible", va=each.va, pa=each.pa, entry=each.entry,
                          function="map_kernel", cause=cause)


def kernel_unreachable(run):
    """No memory below the devices is user-accessible, neither the kernel's nor what lies before it."""
    _unreachable(run, 0, DEVICES_ADDR - 1, "`map_kernel` gives PTE_U to more than the screen's page: the kernel's "
                                           "memory must be mapped with PTE_P, and PTE_W where the kernel writes, but "
                                           "without PTE_U")


def devices_unreachable(run):
    """Of the devices, processes can use the screen's page and nothing else."""
    _unreachable(run, DEVICES_ADDR, PROC_START_ADDR - 1, "`map_kernel` gives PTE_U to pages around the screen's: it is "
                 "exactly one page, CONSOLE_ADDR")


def screen_reachable(run):
    """The screen's page is there for every process, to be written."""
    for moment in watch(run):
        screen = moment.lookup(CONSOLE_ADDR)
        if not screen or not screen.user or not screen.writable or screen.pa != CONSOLE_ADDR:
            found = ("not mapped" if not screen else f"mapped to {screen.pa:#x}" if screen.pa != CONSOLE_ADDR
                     else "not user-accessible" if not screen.user else "not writable")
            run.wrong(moment, expected="the screen's page at CONSOLE_ADDR, user-accessible and writable",
                      found=f"it is {found}", va=CONSOLE_ADDR, entry=screen.entry if screen else 0,
                      function="map_kernel", cause="`map_kernel` treats the screen's page like the kernel's memory "
                                                   "(every level of the page table must permit the access)")


def kernel_mapped(run):
    """The kernel finds itself in every process's page table, each page at its own address."""
    symbols = run.kernel.symbols
    own = symbols["kernel_pagetable"]
    for moment in watch(run):
        have = {each.va: each for each in low_pages(moment)}
        for each in low_pages(moment, own):
            found = have.get(each.va)
            is_image = symbols["_kernel_start"] <= each.va < symbols["_kernel_end"]
            if is_image and not found:
                run.wrong(moment, expected="all of the kernel's memory in a process's page table, as the kernel has it",
                          found=f"page {each.va:#x} of the kernel is not mapped", va=each.va, function="map_kernel",
                          cause="`map_kernel` leaves out part of the kernel, or stops too early: an interrupt there "
                                "would find no handler, no table or no stack")
            if found and found.pa != each.pa:
                run.wrong(moment, expected="the kernel's memory at its own addresses (physical = virtual)",
                          found=f"page {each.va:#x} is mapped to {found.pa:#x}", va=each.va, pa=found.pa,
                          entry=found.entry, function="map_kernel",
                          cause="`map_kernel` maps to the wrong physical page")


def page_zero_unmapped(run):
    """A null pointer points to nothing."""
    for moment in watch(run):
        if zero := moment.lookup(0):
            run.wrong(moment, expected="page 0 not to be mapped", found=f"it is mapped to {zero.pa:#x}", va=0,
                      pa=zero.pa, entry=zero.entry, function="map_kernel",
                      cause="`map_kernel` begins at address 0: the first page is nobody's, so that null pointers are "
                            "found")


def _stopped(run, whose, function, cause):
    kinds = ("read", "write to", "execute")
    for moment in watch(run, "survived", "end"):
        if moment.name == "survived":
            quarter, address, kind = moment.args[:3]
            found = moment.lookup(address)
            run.wrong(moment, expected=f"a process that tries to {kinds[kind]} {whose} to be stopped by a page fault",
                      found=f"it could {kinds[kind]} address {address:#x}", process=quarter + 1, va=address,
                      pa=found and found.pa, entry=found and found.entry, function=function, cause=cause)


def touching_kernel_stops(run):
    """A process that touches the kernel's memory is stopped, and nobody else."""
    _stopped(run, "the kernel's memory", "map_kernel",
             "`map_kernel` lets processes use pages that are the kernel's (PTE_U)")


def _refused(run, what, cause):
    """`sys_page_alloc` refuses addresses of a kind, and that changes nothing."""
    before, asked = None, "the first"
    for moment in watch(run, "before", "asked", "allowed", "end"):
        if moment.name == "before":
            before, asked = moment, f"{moment.args[0]:#x}"
        elif moment.name == "asked":
            if signed(moment.args[1]) != E_INVAL:
                run.wrong(moment, expected=f"sys_page_alloc({asked}), {what}, to return E_INVAL",
                          found=f"it returned {result_name(moment.args[1])}", va=moment.args[0], function=PAGE_ALLOC,
                          cause=cause)
            va = difference(layout(before), layout(moment))
            if va is not None:
                run.wrong(moment, expected=f"sys_page_alloc({asked}), which is refused, to change nothing",
                          found=f"the mapping of {va:#x} changed", va=va, function=PAGE_ALLOC,
                          cause="the address is checked only after something has been mapped")
        elif moment.name == "allowed" and signed(moment.args[1]) != 0:
            run.wrong(moment, expected=f"sys_page_alloc({moment.args[0]:#x}), which is fine, to return 0",
                      found=f"it returned {result_name(moment.args[1])}", va=moment.args[0], function=PAGE_ALLOC,
                      cause="the check refuses too much")


def page_alloc_unaligned(run):
    cause = "`page_alloc` does not check that the address is a multiple of PAGESIZE"
    with blame(PAGE_ALLOC, cause):
        _refused(run, "which is not page-aligned", cause)


def page_alloc_kernel(run):
    cause = ("`page_alloc` does not check that the address is at least PROC_START_ADDR: a process could replace the "
             "kernel")
    with blame(PAGE_ALLOC, cause):
        _refused(run, "below PROC_START_ADDR", cause)


def page_alloc_beyond(run):
    cause = "`page_alloc` does not check that the page ends within MEMSIZE_VIRTUAL (the first address not allowed)"
    with blame(PAGE_ALLOC, cause):
        _refused(run, "not below MEMSIZE_VIRTUAL", cause)


def page_alloc_overflow(run):
    cause = ("`page_alloc` compares addresses in a way that overflows or takes them as signed: va + PAGESIZE can be 0, "
             "and the highest addresses are negative as signed numbers")
    with blame(PAGE_ALLOC, cause):
        _refused(run, "at the very end of all addresses", cause)


# Step 2: isolated address spaces

def own_page_tables(run):
    """The gate of the step: each process has a page table of its own."""
    for moment, spaces in four_spaces(run):
        for (one, cr3), (other, its) in pairs(spaces):
            if cr3 == its:
                run.wrong(moment, expected=f"{one} and {other} to have page tables of their own",
                          found=f"both run with CR3 = {cr3:#x}", pa=cr3, function=CONSTRUCTOR,
                          cause="the constructor hands out the same top-level page again: it must make a new one for "
                                "each process")


def tables_apart(run):
    """No page-table page, of whatever level, is in two page tables."""
    for moment, spaces in four_spaces(run):
        for (one, cr3), (other, its) in pairs(spaces):
            if cr3 != its and (common := shared_table(moment, cr3, its)):
                pa, level = common
                run.wrong(moment, expected=f"no page-table page of {one} in {other}'s page table",
                          found=f"the {LEVELS[level]} at {pa:#x} is in both", pa=pa, function=CONSTRUCTOR,
                          cause="the constructor copies entries of another top-level page: what these refer to is then "
                          "shared, and a page that one process maps appears in the other")


def tables_clean(run):
    """A new page table has nothing in it that was not put there, whatever its memory held before."""
    cause = ("a page that becomes a page table is not cleared first: what was left in it counts as entries "
             "(`new_table` clears)")
    with blame(CONSTRUCTOR, cause):
        for moment, spaces in four_spaces(run):
            for who, cr3 in spaces.items():
                for each in user_pages(moment, cr3).values():
                    if each.va >= MEMSIZE_VIRTUAL or each.size > PAGESIZE:
                        run.wrong(moment, expected=f"nothing in {who}'s page table beyond MEMSIZE_VIRTUAL",
                                  found=f"{each.va:#x} is mapped to {each.pa:#x}", va=each.va, pa=each.pa,
                                  entry=each.entry, function=CONSTRUCTOR, cause=cause)
                if len(table_pages(moment, cr3)) > 4 + SPARE:
                    run.wrong(moment, expected=f"{who}'s page table to have four or five page-table pages",
                              found=f"{len(table_pages(moment, cr3))}", pa=cr3, function=CONSTRUCTOR, cause=cause)


def tables_protected(run):
    """Page tables lie in memory that processes can have, and none of them can use it."""
    pages = set(run.memory_pages)
    for moment, spaces in four_spaces(run):
        tables = {pa: (who, level) for who, cr3 in spaces.items() for pa, level in table_pages(moment, cr3).items()}
        for pa, (who, level) in tables.items():
            if pa // PAGESIZE not in pages:
                run.wrong(moment, expected="page tables of processes in free memory, from kalloc",
                          found=f"{who}'s {LEVELS[level]} is at {pa:#x}", pa=pa, function=CONSTRUCTOR,
                          cause="a process uses page-table pages of the kernel's own (`kernel_pagetable`)")
        for who, cr3 in spaces.items():
            for each in user_pages(moment, cr3).values():
                if each.pa in tables:
                    owner, level = tables[each.pa]
                    run.wrong(moment, expected="no page-table page that a process can use",
                              found=f"{who} can use {owner}'s {LEVELS[level]}", va=each.va, pa=each.pa,
                              entry=each.entry, function=CONSTRUCTOR,
                              cause="the page table maps more than the process's own pages: whoever can write to a "
                                    "page table can map all memory")


def others_invisible(run):
    """No page of one process is in the page table of another."""
    for moment, spaces in four_spaces(run):
        for (one, cr3), (other, its) in pairs(spaces):
            mine = {each.pa: each for each in user_pages(moment, cr3).values()}
            for each in user_pages(moment, its).values():
                same = mine.get(each.pa)
                is_harmless = same and not (same.writable or each.writable) and not any(moment.physical(each.pa))
                if same and not is_harmless:
                    run.wrong(moment, expected=f"no page of {one} in {other}'s page table",
                              found=f"both map physical page {each.pa:#x}, at {same.va:#x} and {each.va:#x}",
                              va=each.va, pa=each.pa, entry=each.entry, function=CONSTRUCTOR,
                              cause="the constructor maps memory that is not, or not only, this process's: a new page "
                                    "table has the kernel's part (`map_kernel`) and nothing else (later: kalloc gave a "
                                    "page twice)")


def program_as_linked(run):
    """Each process begins with its own program, with the permissions that its ELF file says."""
    for moment in watch(run, "begin", "end"):
        if moment.name == "end":
            continue
        for start, end, flags, contents in segments(run, moment.program):
            for va in range(start, end, PAGESIZE):
                each, data = moment.lookup(va), moment.read(va, PAGESIZE)
                expected = contents[va - start:va - start + PAGESIZE]
                if data is None or first_difference(data, expected) is not None:
                    run.wrong(moment, expected=f"{moment.program}'s page {va:#x} as its ELF file has it",
                              found="it is not mapped" if data is None else
                              f"byte {va + first_difference(data, expected):#x} differs", va=va,
                              pa=each and each.pa, entry=each and each.entry, function=ADD_PAGE,
                              cause="the page was not put where `add_page` was asked to, or not cleared, or is another "
                              "process's too")
                if not each.user or each.writable != bool(flags & PF_W):
                    run.wrong(moment, expected=f"{moment.program}'s page {va:#x} to be "
                              f"{'writable' if flags & PF_W else 'read-only'}",
                              found="not user-accessible" if not each.user else "writable" if each.writable
                              else "read-only", va=va, pa=each.pa, entry=each.entry, function=ADD_PAGE,
                              cause="the permissions `perm` are not those of the mapping")


def memory_kept(run):
    """What a process wrote to its own pages is what it has there, whatever the others do."""
    heaps = {}
    for moment, spaces in four_spaces(run):
        if moment.name == "refused":
            run.wrong(moment, expected="sys_page_alloc of a process's own addresses to return 0",
                      found=f"it returned {result_name(moment.args[2])} for {moment.args[1]:#x}", va=moment.args[1],
                      function=ADD_PAGE, cause="`add_page` does not find the page that belongs there")
        if moment.name == "grown":
            heaps[moment.program] = moment.args[:3]
        for who, (quarter, first, end) in heaps.items():
            pages = user_pages(moment, spaces[who])
            for va in range(first, end, PAGESIZE):
                each = pages.get(va)
                if not each or moment.physical(each.pa) != filled(va, quarter + 1):
                    run.wrong(moment, expected=f"{who}'s page {va:#x} to hold what {who} wrote", found="it does not",
                              process=quarter + 1, va=va, pa=each and each.pa, entry=each and each.entry,
                              function=ADD_PAGE, cause="the page has been given to somebody else, too")


def peeking_stops(run):
    """A process that touches another's memory is stopped, and nobody else."""
    _stopped(run, "another process's memory", CONSTRUCTOR,
             "the constructor maps memory of other processes, user-accessible, into the new page table")
