"""table_checks.py - what the step tables of lab "faults" is judged by"""
from memory import ADDRESS_BITS, LARGE_PAGESIZE, PTE_W

from cow_checks import Family
from fault_moments import NOT_ALLOWED, PAGESIZE, check_bytes, nothing_at, number, page_of, part

SHARE = {"function": "share_tables", "cause": "fork makes page tables of its own for the child; "
         "both level-1 entries can refer to one last-level table, and neither has PTE_W then"}
OWN = {"function": "own_table", "cause": "before a page's entry changes, its table must be this "
       "process's alone: a copy (`copy_table`), in which all pages are shared copy-on-write, or "
       "the table itself, if nobody else has it any more"}
CHANGES = ("sys_mprotect", "sys_page_free", "sys_page_alloc", "sys_memory",
           "a read of a promised page", "sys_sbrk")
TO_PROTECT, TO_FREE, TO_ALLOC, TO_STORE, TO_KEEP_PROMISE, TO_SHRINK = range(6)


def entry_above(moment, va, cr3):
    """The level-1 entry for `va`, or 0."""
    return next((entry for level, _, entry in moment.levels(va, cr3) if level == 1), 0)


def table_at(moment, va, cr3):
    return entry_above(moment, va, cr3) & ADDRESS_BITS


def heap(moment, span, cr3):
    """{va: Mapping} of the heap's pages."""
    return {va: mapping for va, mapping in moment.own(cr3).items() if va in span}


def span_of(moment):
    base, count = moment.args[:2]
    return range(base, base + count * LARGE_PAGESIZE)


def scenes(run, **blame):
    """(moment, family, the heap's addresses) of each moment."""
    family, span = Family(), None
    for moment in part(run, **blame):
        family.see(moment)
        if moment.name == "ready":
            span = span_of(moment)
        yield moment, family, span


def tables_are_shared(run):
    for moment, family, span in scenes(run, **SHARE):
        if moment.name != "born":
            continue
        for va in span[::LARGE_PAGESIZE]:
            mine, its = (entry_above(moment, va, cr3) for cr3 in (moment.cr3, family.parent))
            if not mine or mine & ADDRESS_BITS != its & ADDRESS_BITS:
                run.wrong(moment, expected=f"one last-level table for {va:#x} in parent and child",
                          found=f"the child's is {mine & ADDRESS_BITS:#x}, the parent's "
                          f"{its & ADDRESS_BITS:#x}", va=va, entry=mine, **SHARE)
            for who, entry in (("child", mine), ("parent", its)):
                if entry & PTE_W:
                    run.wrong(moment, expected="no PTE_W in the entry above a shared table",
                              found=f"the {who}'s has it", va=va, pa=entry & ADDRESS_BITS,
                              entry=entry, **SHARE)
        return


def writes_to_tables(run, others):
    """(moment, before, va, family, span) of each write below a table that somebody else has, too,
    or nobody else."""
    before = None
    for moment, family, span in scenes(run, **OWN):
        if moment.name == "writes" and moment.args[1] == others:
            before = moment
        if moment.name == "wrote" and moment.args[1] == others:
            va = moment.args[0]
            data = bytearray(before.read(page_of(va), PAGESIZE))
            data[va % PAGESIZE:va % PAGESIZE + 8] = (61).to_bytes(8, "little")
            check_bytes(run, moment, page_of(va), bytes(data),
                        "what was there, and the word written", **OWN)
            yield moment, before, va, family, span


def write_owns_one_table(run):
    """The first write below a shared table copies that table and that page; the other process sees
    nothing of it."""
    for moment, before, va, family, span in writes_to_tables(run, 1):
        other, table = family.other(moment), table_at(before, va, moment.cr3)
        if table_at(moment, va, moment.cr3) == table or table_at(moment, va, other) != table:
            run.wrong(moment,
                      expected=f"a table of the writer's own, and {table:#x} still the other's",
                      found=f"the writer has {table_at(moment, va, moment.cr3):#x}, the other "
                      f"{table_at(moment, va, other):#x}", va=va, **OWN)
        unchanged(run, moment, before, span, other, **OWN)
        for each in span[::LARGE_PAGESIZE]:
            if each // LARGE_PAGESIZE != va // LARGE_PAGESIZE and \
                    table_at(moment, each, moment.cr3) != table_at(before, each, moment.cr3):
                run.wrong(moment, expected=f"only the table of {va:#x} to be copied",
                          found=f"that of {each:#x} changed, too", va=each, **OWN)
        for old in heap(before, span, moment.cr3).values():
            new = moment.lookup(old.va)
            if old.va != page_of(va) and (not new or new.pa != old.pa):
                run.wrong(moment, expected=f"the writer's own page at {old.va:#x} as it was",
                          found="another one" if new else "it is gone", va=old.va, pa=old.pa, **OWN)
        mine, its = heap(moment, span, moment.cr3), {mapping.pa for mapping
                                                     in heap(moment, span, other).values()}
        for mapping in mine.values():
            if mapping.writable and mapping.pa in its:
                run.wrong(moment, expected="pages that both have to be read-only",
                          found="one can be written", va=mapping.va, pa=mapping.pa,
                          entry=mapping.entry, function="own_table",
                          cause="when a table is copied, each of its pages is inherited: shared, "
                          "and copy-on-write in both tables")


def unchanged(run, moment, before, span, cr3, **blame):
    """The heap of the process with page table `cr3` is what it was."""
    was, now = heap(before, span, cr3), heap(moment, span, cr3)
    for va in sorted(was.keys() | now.keys()):
        old, new = was.get(va), now.get(va)
        if not old or not new or old.pa != new.pa or new.writable and not old.writable:
            moved = new and (not old or old.pa != new.pa)
            found = f"it is {new.pa:#x}" if moved else "it became writable" if new else "it is gone"
            run.wrong(moment, expected=f"the other process's page at {va:#x} as it was",
                      found=found, va=va, **blame)
        check_bytes(run, moment, va, before.read(va, PAGESIZE, cr3),
                    "what the other process had there", cr3=cr3, **blame)


def lonely_table_is_reused(run):
    """Who has a table alone can change a page there, even if no memory is left for another
    table."""
    for _ in writes_to_tables(run, 0):
        pass


def changes_are_private(run):
    """Whatever one process changes below a shared table, the other has what it had."""
    before = None
    for moment, family, span in scenes(run, **OWN):
        if moment.name == "changes":
            before = moment
        if moment.name == "refuses":
            before = moment
        if moment.name == "refused":
            check_refused(run, moment, before)
        if moment.name == "changed":
            what, va, result = moment.args[:3]
            if result:
                run.wrong(moment, expected=f"{CHANGES[what]} to work below a shared table",
                          found=f"error {number(result)}", va=va, **OWN)
            blame = {**OWN, "function": "keep_promise"} if what == TO_KEEP_PROMISE else OWN
            unchanged(run, moment, before, span, family.parent, **blame)
            check_change(run, moment, what, va, span)


def check_refused(run, moment, before):
    """A system call was to write where nobody may: it says so, and the table is shared as it
    was."""
    blame = {"function": "resolve_present", "cause": "a write that the page's own entry forbids is "
             "refused, and nothing has changed: the table is not copied for it"}
    va, result = moment.args[:2]
    if result != NOT_ALLOWED:
        run.wrong(moment, expected=f"sys_memory to refuse {va:#x}, which is read-only, with "
                  "E_FAULT (-14)", found=f"it returned {number(result)}", va=va, **blame)
    if table_at(moment, va, moment.cr3) != table_at(before, va, before.cr3):
        run.wrong(moment, expected="the page table shared as before", found="a copy of it", va=va,
                  **blame)


def check_change(run, moment, what, va, span):
    """The change happened."""
    mapping = moment.lookup(va)
    if what == TO_SHRINK:
        return nothing_at(run, moment, va, span.stop, **OWN)
    if what == TO_FREE:
        return nothing_at(run, moment, va, va + PAGESIZE, **OWN)
    if not mapping:
        run.wrong(moment, expected=f"a page at {va:#x} after {CHANGES[what]}", found="none", va=va,
                  **OWN)
    if what in (TO_ALLOC, TO_KEEP_PROMISE):
        check_bytes(run, moment, va, bytes(PAGESIZE), "zeros", **OWN)
    if what == TO_PROTECT and mapping.writable:
        run.wrong(moment, expected="a page that is read-only now", found="it can be written", va=va,
                  entry=mapping.entry, **OWN)
    return None
