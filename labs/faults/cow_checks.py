"""cow_checks.py - what the steps cow and tables of lab "faults" are judged by"""
from memory import ADDRESS_BITS, MEMSIZE_PHYSICAL, PTE_COW, PTE_P, PTE_W

from account_checks import agrees
from fault_moments import (ERROR_MIN, PAGESIZE, STACK_LIMIT, STORES, calls_find_pages, check_bytes,
                           mapped, page_of, part, survived, wrong_at)

PROTECT = {"function": "inherit_page", "cause": "both entries of a shared page must be read-only: "
           "the parent's own entry, too, loses its PTE_W and gets PTE_COW when the child inherits "
           "the page"}
SHARED_TABLE = {"function": "share_tables", "cause": "both processes have one page table there, "
                "and its pages can be written: the entry above a shared table has no PTE_W, in "
                "neither of them (`share_tables`), until `own_table` has made a copy in which each "
                "page is inherited"}
COPY = {"function": "resolve_write", "cause": "who writes to a page that others have too gets a "
        "copy, writable, at the same address; the others' entries and the page stay as they are "
        "(`inherit_page` makes the entries so that this can happen, in a child's child, too)"}
LAST = {"function": "resolve_write", "cause": "the last one that has a page needs no copy, for "
        "which there may be no memory: its entry becomes writable again"}


class Family:
    """The page tables of the parent and, while it lives, its child, as the moments of p-check-cow
    name them."""

    def __init__(self):
        self.parent = self.child = None

    def see(self, moment):
        if moment.name == "ready":
            self.parent = moment.cr3
        if moment.name in ("born", "second"):
            self.child = moment.cr3
        if moment.name in ("alone", "end"):
            self.child = None

    def other(self, moment):
        return {self.parent: self.child, self.child: self.parent}.get(moment.cr3)

    @property
    def both(self):
        return self.parent and self.child


def pages_of(moment):
    base, count = moment.args[:2]
    return range(base, base + count * PAGESIZE, PAGESIZE)


def cow_shares(run):
    """After fork parent and child have the same physical pages. (The parent's stack may be in use
    already.)"""
    blame = {"function": "inherit_page", "cause": "fork copies pages; a page that may be written "
             "can be shared until somebody writes, if its entry says copy-on-write"}
    family, before = Family(), {}
    for moment in part(run, **COPY):
        family.see(moment)
        if moment.name == "ready":
            before = moment.own()
        if moment.name != "born":
            continue
        child, parent = moment.own(), moment.own(family.parent)
        for va, mapping in before.items():
            if va >= STACK_LIMIT:
                continue
            if va not in child:
                run.wrong(moment, expected=f"the child to have the parent's page at {va:#x}",
                          found="it has none", va=va, **blame)
            if child[va].pa != mapping.pa or va not in parent or parent[va].pa != mapping.pa:
                wrong_at(run, moment, child[va],
                         f"one physical page, {mapping.pa:#x}, at {va:#x} of both",
                         f"the child has {child[va].pa:#x}, the parent "
                         f"{parent[va].pa if va in parent else 0:#x}", **blame)
        return


def check_rights(run, moment, before, root):
    """What a process may do with its pages but write is what it was before the fork."""
    for va, mapping in moment.own(root).items():
        was = before.get(va)
        if was and (was.executable, was.user) != (mapping.executable, mapping.user):
            is_copy = was.pa != mapping.pa
            run.wrong(moment, expected=f"{'a copy' if is_copy else 'fork'} to change of an entry "
                      "only whether it may be written",
                      found=f"the page at {va:#x} may {'' if mapping.executable else 'not '}be "
                      f"executed, and {'' if mapping.user else 'not '}be used", va=va,
                      pa=mapping.pa, entry=mapping.entry, root=root,
                      function="resolve_write" if is_copy else "inherit_page",
                      cause="all other bits of the entry, PTE_XD among them, stay as they are")


def cow_protects(run):
    """What two processes have right after a fork, neither can write to. (The stack may be in use
    already.)"""
    family, before = Family(), {}
    for moment in part(run, **COPY):
        family.see(moment)
        if moment.name == "ready":
            before = moment.own()
        if moment.name != "born":
            continue
        for root in (family.parent, family.child):
            check_rights(run, moment, before, root)
        for mine, its in ((family.parent, family.child), (family.child, family.parent)):
            others = {mapping.pa for mapping in moment.own(its).values()}
            for mapping in moment.own(mine).values():
                if mapping.writable and mapping.pa in others and mapping.va < STACK_LIMIT:
                    tables = [moment.levels(mapping.va, root)[-1][1] for root in (mine, its)
                              if moment.lookup(mapping.va, root)]
                    blame = SHARED_TABLE if len(set(tables)) == 1 < len(tables) else PROTECT
                    who = "parent" if mine == family.parent else "child"
                    run.wrong(moment,
                              expected="a page that parent and child share to be read-only in both",
                              found=f"the {who} can write to it", va=mapping.va, pa=mapping.pa,
                              entry=mapping.entry, root=mine, **blame)
        return


def cow_reads_only(run):
    """What nobody may write to is shared, stays so, and is never copied."""
    blame = {"function": "inherit_page", "cause": "a page that the process may not write to must "
             "not become copy-on-write, nor be copied: only an entry with PTE_W (or PTE_COW) may"}
    pages, tried = {}, None
    for moment in part(run, **COPY):
        if moment.name == "try":
            tried = moment.lookup(moment.args[0])
        if moment.name == "survived" and not tried.entry & (PTE_W | PTE_COW):
            survived(run, moment, function="resolve_present",
                     cause="a write to a page whose entry has neither PTE_W nor PTE_COW was "
                     "resolved: it must be refused")
        if moment.name == "survived":
            survived(run, moment, **blame)
        if moment.name == "ready":
            last, text = max(pages_of(moment)), page_of(moment.args[2])
            pages = {va: mapped(run, moment, va, "a page of the program", **blame) for va
                     in (last, text)}
        for va, first in pages.items():
            now = mapped(run, moment, va, "the page still there", **blame)
            if now.writable or now.pa != first.pa:
                wrong_at(run, moment, now,
                         f"physical page {first.pa:#x} at {va:#x}, read-only in all processes",
                         "it can be written" if now.writable else f"{now.pa:#x}", **blame)
        if moment.name == "stored" and moment.args[1] < ERROR_MIN:
            run.wrong(moment,
                      expected=f"sys_memory to refuse {moment.args[0]:#x}, which is read-only",
                      found=f"it returned {moment.args[1]}", va=moment.args[0],
                      function="resolve_present",
                      cause="a write was resolved on a page that the process may not write to")


def increased(data, offset):
    """A page after one was added to its word at `offset`."""
    word = (int.from_bytes(data[offset:offset + 8], "little") + 1) % 2**64
    return data[:offset] + word.to_bytes(8, "little") + data[offset + 8:]


def writes(run, others, **blame):
    """(moment, before, va, family) after each write to a page that somebody else has too, or nobody
    else. The writer's page has what was written."""
    family, before = Family(), None
    for moment in part(run, **blame):
        family.see(moment)
        if moment.name == "writes" and moment.args[1] == others:
            before = moment
        if moment.name == "wrote" and moment.args[1] == others:
            va = moment.args[0]
            mapping = mapped(run, moment, va, "the page that was written", **blame)
            if not mapping.writable or mapping.executable or not mapping.user:
                wrong_at(run, moment, mapping, "after the write an entry with the page's "
                         "permissions: to read and to write", "others", **blame)
            expected = increased(before.read(page_of(va), PAGESIZE), va % PAGESIZE)
            check_bytes(run, moment, page_of(va), expected, "what was there, and the word written",
                        **blame)
            yield moment, before, va, family


def cow_copies(run):
    """The first write copies just that page, and nobody else sees it."""
    for moment, before, va, family in writes(run, 1, **COPY):
        now, then, other = moment.lookup(va), before.lookup(va), family.other(moment)
        if now.pa == then.pa:
            wrong_at(run, moment, now, "a copy for the writer, since another process has the page",
                     "the same page", **COPY)
        its = moment.lookup(va, other)
        if not its or its.pa != before.lookup(va, other).pa:
            run.wrong(moment, expected=f"the other process to keep its page {then.pa:#x}",
                      found=f"it has {its.pa:#x}" if its else "it has none", va=va, **COPY)
        check_bytes(run, moment, page_of(va), before.read(page_of(va), PAGESIZE, other),
                    "what the other process had", cr3=other, **COPY)
        for each in before.own().values():
            here = moment.lookup(each.va)
            is_other = each.va < STACK_LIMIT and each.va != page_of(va)
            if is_other and (not here or here.pa != each.pa):
                run.wrong(moment, expected=f"only the page of {va:#x} to be copied",
                          found=f"{each.va:#x} changed, too: from {each.pa:#x} to "
                          f"{here.pa if here else 0:#x}", va=each.va, **COPY)


def cow_reuses(run):
    """Who has a page alone can write to it, even if no memory is left for a copy."""
    for _ in writes(run, 0, **LAST):
        pass


def cow_calls(run):
    """What the kernel writes for one process, the other does not see."""
    blame = {"function": "resolve_present", "cause": "the kernel's write went to the page that "
             "both share, or was refused: resolve_fault is asked with PFERR_WRITE and PFERR_USER, "
             "without a fault having happened"}
    parent = child = before = None
    for moment in calls_find_pages(run, None, **blame):
        if moment.name == "parent":
            parent = moment.cr3
        if moment.name == "child":
            child = moment.cr3
            pages = pages_of(moment)
        if moment.name == "call":
            other = child if moment.cr3 == parent else parent
            before = [moment.read(va, PAGESIZE, other) for va in pages]
        if moment.name == "called":
            protects = STORES[moment.args[1]].startswith("sys_mprotect")
            if protects:
                blame = {"function": "allow_write", "cause": "sys_mprotect let a process write to "
                         "a page that another has, too: then its entry must become copy-on-write, "
                         "not writable"}
            for va, data in zip(pages, before):
                check_bytes(run, moment, va, data, "what the other process had before the call",
                            cr3=other, **blame)
            agrees(run, moment, function="allow_write" if protects else "resolve_write",
                   cause="each page that was taken is in use or given back, and a page that two "
                   "have counts two")


def cow_chain(run):
    """In a family each member sees what was there when it was born, and what it wrote."""
    blame = {"function": "resolve_write", "cause": "one process's write is seen by another, or "
             "lost: the page was written while others had it, or its entry or reference count is "
             "wrong after one of them has ended"}
    base, count = 0x120000, 6
    seen, roots, forker = {}, {}, None
    for moment in part(run, **blame):
        member = moment.args[0]
        if moment.name == "forks":
            forker = member
        if moment.name == "born":
            roots[member] = moment.cr3
            before = seen[forker] if forker is not None else dict.fromkeys(range(count), 0)
            seen[member] = dict(before)
        if moment.name == "wrote":
            seen[member][moment.args[1]] = moment.args[2]
        if moment.name == "leaves":
            del seen[member], roots[member]
        if moment.name == "done":
            return
        for each, values in seen.items():
            for page, value in values.items():
                check_bytes(run, moment, base + page * PAGESIZE, value.to_bytes(8, "little"),
                            f"member {each} of the family to see {value} there", cr3=roots[each],
                            **blame)


def looks_like_table(data):
    """Whether a page has what page tables have: a few entries, all present and of the machine's
    memory."""
    words = [int.from_bytes(data[at:at + 8], "little") for at in range(0, PAGESIZE, 8)]
    return any(words) and all(not word or word & PTE_P
                              and 0 < word & ADDRESS_BITS < MEMSIZE_PHYSICAL for word in words)


def unknown_pages(run, moment, parent):
    """Addresses of the pages that neither of two processes has, as a page or as a page table."""
    known = {pa for root in (parent, moment.cr3) for pa, *_ in moment.tables(root)}
    known |= {mapping.pa for root in (parent, moment.cr3) for mapping in moment.own(root).values()}
    return {pn * PAGESIZE for pn in run.memory_pages} - known


def cow_leaks_nothing(run):
    """As much can be had after many forks as before, each page once."""
    blame = {"function": "resolve_write", "cause": "a page that was shared is not given back when "
             "its last process goes, or when the last but one gets a copy: each copy gives up one "
             "reference to the old page"}
    parent, first, lost, full = None, None, set(), None
    for moment in part(run, **blame):
        if moment.name == "begin":
            parent = moment.cr3
        if moment.name == "full":
            full, before = moment, lost
            lost = unknown_pages(run, moment, parent)
            pages = {mapping.pa for va, mapping in moment.own().items()
                     if 0x120000 <= va < STACK_LIMIT}
            if len(pages) != moment.args[0]:
                run.wrong(moment, expected=f"{moment.args[0]} different physical pages",
                          found=f"{len(pages)}", **blame)
        if moment.name == "before":
            first = moment.args[0]
        if moment.name == "after" and moment.args[0] != first:
            count, cycles = moment.args[:2]
            if any(looks_like_table(full.physical(pa)) for pa in lost - before):
                blame = {"function": "own_table", "cause": "page tables are among what is lost: "
                         "who copies a shared table gives up its use of the old one, and the last "
                         "one uses it or gives it back"}
            run.wrong(moment,
                      expected=f"{first} free pages after {cycles} rounds of forks, as before",
                      found=f"{count}: {abs(first - count)} "
                      f"{'are lost' if count < first else 'more'}", **blame)
