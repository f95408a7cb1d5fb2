"""copy_checks.py - what a child has, and what it does not have, after a fork; see checks.py"""
from memory import MEMSIZE_VIRTUAL, PAGESIZE

from fork_checks import Family
from looking import (CONSTRUCTOR, COPY, LEVELS, difference, first_difference, low_pages, owner_of,
                     program_pages, shared_table, user_pages, watch)


def child_pages_owned(run):
    """What a child has alone belongs to it."""
    family = Family(run)
    for va, each in user_pages(family.child).items():
        owner = owner_of(family.child, each.pa)
        if each.writable and family.child.pid and owner != family.child.pid:
            run.wrong(family.child, expected=f"the child's page at {va:#x} to belong to process "
                      f"{family.child.pid}", found=f"owner {owner} in `pageinfo`", va=va,
                      pa=each.pa, entry=each.entry, function=COPY,
                      cause="a new page is taken for the process that will have it: `kalloc` is "
                      "told its number")


def _copied(run, what, places, function, cause):
    """At the child's first moment, the pages at `places(family)` hold what the parent's did at the
    fork."""
    family = Family(run)
    for va in places(family):
        mine, its = family.before.read(va, PAGESIZE), family.child.read(va, PAGESIZE)
        offset = None if its is None else first_difference(mine, its)
        if its is None or offset is not None:
            each = family.child.lookup(va)
            run.wrong(family.child, expected=f"the child to have the parent's {what} at {va:#x}",
                      found="no page there" if its is None else "another value at "
                      f"{va + offset:#x}", va=va, pa=each and each.pa, entry=each and each.entry,
                      function=function, cause=cause)
    return family


def program_copied(run):
    """The child has the parent's program and variables."""
    _copied(run, "program", lambda family: program_pages(run, family.before.program), COPY,
            "`copy` begins too late (the first page is at PROC_START_ADDR), or takes pages from "
            "the program's image instead of the parent's memory")


def heap_copied(run):
    """The child has every page that the parent asked for, and no more."""
    family = _copied(run, "page", Family.heap, COPY, "`copy` leaves pages out: those behind a "
                     "hole, behind the first 2 MiB or the last ones, or copies them to another "
                     "place")
    extra = user_pages(family.child).keys() - user_pages(family.before).keys()
    if extra:
        run.wrong(family.child, expected="the child to have pages only where the parent has",
                  found=f"there is one at {min(extra):#x}", va=min(extra), function=COPY,
                  cause="`copy` maps a page for each address, whether the parent has one there or "
                  "not")


def stack_copied(run):
    """The child has the parent's stack."""
    family = Family(run)
    address, size = family.buffer()
    mine, its = family.before.read(address, size), family.child.read(address, size)
    if mine != its:
        run.wrong(family.child,
                  expected=f"the child to have what lies on the parent's stack at {address:#x}",
                  found="nothing is mapped there" if its is None else "something else", va=address,
                  function=COPY, cause="`copy` does not come to the last page, which ends at "
                  "MEMSIZE_VIRTUAL, or the child gets a new stack")


def _apart(run, what, places, cause):
    """No page at `places(family)` is writable for one process and also the other's."""
    family = Family(run)
    theirs = {each.pa: each for each in user_pages(family.child, family.before.cr3).values()}
    for va in places(family):
        each = family.child.lookup(va)
        same = each and theirs.get(each.pa)
        if same and (same.writable or each.writable):
            run.wrong(family.child, expected="parent and child to have pages of their own for the "
                      f"{what} at {va:#x}",
                      found=f"physical page {each.pa:#x} is also the parent's, at {same.va:#x}",
                      va=va, pa=each.pa, entry=each.entry, function=COPY, cause=cause)


def variables_apart(run):
    """What one of them writes to a variable, the other does not see."""
    _apart(run, "variables",
           lambda family: program_pages(run, family.before.program, writable=True),
           "`copy` maps the parent's writable pages in the child: it must copy their contents to "
           "new ones")


def heap_apart(run):
    """The same for pages that the process asked for."""
    _apart(run, "page", Family.heap, "`copy` maps the parent's writable pages in the child: it "
           "must copy their contents to new ones")


def stack_apart(run):
    """The same for the stack."""
    _apart(run, "stack", lambda family: [MEMSIZE_VIRTUAL - PAGESIZE],
           "the child's stack is the parent's page: `copy` must treat it like any other page that "
           "may be written")


def parent_unchanged(run):
    """Fork, and what the child does then, leave the parent's memory as it was."""
    family = Family(run)
    begin, size = family.buffer()
    for name in ("parent", "parent later"):
        moment = family.named.get(name)
        if not moment or moment.cr3 != family.before.cr3:
            continue
        before, after = user_pages(family.before), user_pages(moment)
        for va in sorted(before.keys() | after.keys()):
            part = (begin, size) if va <= begin < va + PAGESIZE else (va, PAGESIZE)
            if family.before.read(*part) != moment.read(*part) or (va in before) != (va in after):
                run.wrong(moment,
                          expected=f"the parent's page at {va:#x} to be as it was before the fork",
                          found="it is gone" if va not in after else "it holds something else"
                          if va in before else "it is new", va=va, function=COPY,
                          cause="`copy` changes the page table or the pages that it copies from, "
                          "or the child writes to them")


def permissions_copied(run):
    """What the parent may do with a page, the child may, too, and no more."""
    family = Family(run)
    child = user_pages(family.child)
    for va, mine in user_pages(family.before).items():
        its = child.get(va)
        if its and (its.writable, its.executable) != (mine.writable, mine.executable):
            run.wrong(family.child,
                      expected=f"the child's page at {va:#x} to have the parent's permissions",
                      found=f"it is {'writable' if its.writable else 'read-only'}"
                      f"{' and executable' if its.executable else ''}", va=va, pa=its.pa,
                      entry=its.entry, function=COPY, cause="`copy` gives all pages the same "
                      "permissions instead of those they have")


def kernel_in_child(run):
    """The kernel's part of the child's page table is like the parent's."""
    family = Family(run)
    mine, its = ({each.va: (each.pa, each.user, each.writable) for each
                  in low_pages(family.child, cr3)} for cr3 in (family.before.cr3, None))
    va = difference(mine, its)
    if va is not None:
        run.wrong(family.child, expected="the kernel's part of the child's page table to be the "
                  f"parent's, at {va:#x}",
                  found=f"{its.get(va, 'no page')} instead of {mine.get(va, 'no page')}", va=va,
                  function=CONSTRUCTOR, cause="the child's page table was not made by the "
                  "constructor, or `copy` goes below PROC_START_ADDR")


def child_tables_apart(run):
    """Parent and child have no page-table page in common."""
    family = Family(run)
    common = shared_table(family.child, family.before.cr3, family.child.cr3)
    if common:
        run.wrong(family.child, expected="no page-table page in both page tables",
                  found=f"the {LEVELS[common[1]]} at {common[0]:#x} is", pa=common[0],
                  function=COPY, cause="`copy` copies entries of the upper levels: what one "
                  "process maps later appears in the other")


def heap_end_copied(run):
    """The heap of a child ends where its parent's does."""
    first = None
    for moment in watch(run, "born", "end"):
        if moment.name == "born" and moment.args[3] != (first := first or moment.args[3]):
            run.wrong(moment,
                      expected=f"sys_sbrk(0) to say {first:#x} in a child, as in its parent",
                      found=f"{moment.args[3]:#x}", function=COPY,
                      cause="`copy` does not copy the regions of `from`, which say where the heap "
                      "begins and ends")
