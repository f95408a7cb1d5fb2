"""space_checks.py - what has to be true in step spaces; see checks.py"""
from memory import MEMSIZE_VIRTUAL, PAGESIZE

from isolation_checks import stopped
from looking import (ADD_PAGE, CONSTRUCTOR, LEVELS, PF_W, SPARE, blame, filled, first_difference,
                     four_spaces, pairs, result_name, segments, shared_table, table_pages,
                     user_pages, watch)


def own_page_tables(run):
    """The gate of the step: each process has a page table of its own."""
    for moment, spaces in four_spaces(run):
        for (one, cr3), (other, its) in pairs(spaces):
            if cr3 == its:
                run.wrong(moment, expected=f"{one} and {other} to have page tables of their own",
                          found=f"both run with CR3 = {cr3:#x}", pa=cr3, function=CONSTRUCTOR,
                          cause="the constructor hands out the same top-level page again: it must "
                          "make a new one for each process")


def tables_apart(run):
    """No page-table page, of whatever level, is in two page tables."""
    for moment, spaces in four_spaces(run):
        for (one, cr3), (other, its) in pairs(spaces):
            if cr3 != its and (common := shared_table(moment, cr3, its)):
                pa, level = common
                run.wrong(moment, expected=f"no page-table page of {one} in {other}'s page table",
                          found=f"the {LEVELS[level]} at {pa:#x} is in both", pa=pa,
                          function=CONSTRUCTOR, cause="the constructor copies entries of another "
                          "top-level page: what these refer to is then shared, and a page that one "
                          "process maps appears in the other")


def tables_clean(run):
    """A new page table has nothing in it that was not put there, whatever its memory held
    before."""
    cause = ("a page that becomes a page table is not cleared first: what was left in it counts as "
             "entries (`new_table` clears)")
    with blame(CONSTRUCTOR, cause):
        for moment, spaces in four_spaces(run):
            for who, cr3 in spaces.items():
                for each in user_pages(moment, cr3).values():
                    if each.va >= MEMSIZE_VIRTUAL or each.size > PAGESIZE:
                        run.wrong(moment,
                                  expected=f"nothing in {who}'s page table beyond MEMSIZE_VIRTUAL",
                                  found=f"{each.va:#x} is mapped to {each.pa:#x}", va=each.va,
                                  pa=each.pa, entry=each.entry, function=CONSTRUCTOR, cause=cause)
                if len(table_pages(moment, cr3)) > 4 + SPARE:
                    run.wrong(moment,
                              expected=f"{who}'s page table to have four or five page-table pages",
                              found=f"{len(table_pages(moment, cr3))}", pa=cr3,
                              function=CONSTRUCTOR, cause=cause)


def tables_protected(run):
    """Page tables lie in memory that processes can have, and none of them can use it."""
    pages = set(run.memory_pages)
    for moment, spaces in four_spaces(run):
        tables = {pa: (who, level) for who, cr3 in spaces.items()
                  for pa, level in table_pages(moment, cr3).items()}
        for pa, (who, level) in tables.items():
            if pa // PAGESIZE not in pages:
                run.wrong(moment, expected="page tables of processes in free memory, from kalloc",
                          found=f"{who}'s {LEVELS[level]} is at {pa:#x}", pa=pa,
                          function=CONSTRUCTOR, cause="a process uses page-table pages of the "
                          "kernel's own (`kernel_pagetable`)")
        for who, cr3 in spaces.items():
            for each in user_pages(moment, cr3).values():
                if each.pa in tables:
                    owner, level = tables[each.pa]
                    run.wrong(moment, expected="no page-table page that a process can use",
                              found=f"{who} can use {owner}'s {LEVELS[level]}", va=each.va,
                              pa=each.pa, entry=each.entry, function=CONSTRUCTOR,
                              cause="the page table maps more than the process's own pages: "
                              "whoever can write to a page table can map all memory")


def others_invisible(run):
    """No page of one process is in the page table of another."""
    for moment, spaces in four_spaces(run):
        for (one, cr3), (other, its) in pairs(spaces):
            mine = {each.pa: each for each in user_pages(moment, cr3).values()}
            for each in user_pages(moment, its).values():
                same = mine.get(each.pa)
                is_harmless = (same and not (same.writable or each.writable)
                               and not any(moment.physical(each.pa)))
                if same and not is_harmless:
                    run.wrong(moment, expected=f"no page of {one} in {other}'s page table",
                              found=f"both map physical page {each.pa:#x}, at {same.va:#x} and "
                              f"{each.va:#x}", va=each.va, pa=each.pa, entry=each.entry,
                              function=CONSTRUCTOR, cause="the constructor maps memory that is "
                              "not, or not only, this process's: a new page table has the kernel's "
                              "part (`map_kernel`) and nothing else (later: kalloc gave a page "
                              "twice)")


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
                    run.wrong(moment,
                              expected=f"{moment.program}'s page {va:#x} as its ELF file has it",
                              found="it is not mapped" if data is None
                              else f"byte {va + first_difference(data, expected):#x} differs",
                              va=va, pa=each and each.pa, entry=each and each.entry,
                              function=ADD_PAGE, cause="the page was not put where `add_page` was "
                              "asked to, or not cleared, or is another process's too")
                if not each.user or each.writable != bool(flags & PF_W):
                    run.wrong(moment, expected=f"{moment.program}'s page {va:#x} to be "
                              f"{'writable' if flags & PF_W else 'read-only'}",
                              found="not user-accessible" if not each.user else "writable"
                              if each.writable else "read-only", va=va, pa=each.pa,
                              entry=each.entry, function=ADD_PAGE,
                              cause="the permissions `perm` are not those of the mapping")


def memory_kept(run):
    """What a process wrote to its own pages is what it has there, whatever the others do."""
    heaps = {}
    for moment, spaces in four_spaces(run):
        if moment.name == "refused":
            run.wrong(moment, expected="sys_page_alloc of a process's own addresses to return 0",
                      found=f"it returned {result_name(moment.args[2])} for {moment.args[1]:#x}",
                      va=moment.args[1], function=ADD_PAGE,
                      cause="`add_page` does not find the page that belongs there")
        if moment.name == "grown":
            heaps[moment.program] = moment.args[:3]
        for who, (quarter, first, end) in heaps.items():
            pages = user_pages(moment, spaces[who])
            for va in range(first, end, PAGESIZE):
                each = pages.get(va)
                if not each or moment.physical(each.pa) != filled(va, quarter + 1):
                    run.wrong(moment, expected=f"{who}'s page {va:#x} to hold what {who} wrote",
                              found="it does not", process=quarter + 1, va=va, pa=each and each.pa,
                              entry=each and each.entry, function=ADD_PAGE,
                              cause="the page has been given to somebody else, too")


def peeking_stops(run):
    """A process that touches another's memory is stopped, and nobody else."""
    stopped(run, "another process's memory", CONSTRUCTOR, "the constructor maps memory of other "
             "processes, user-accessible, into the new page table")
