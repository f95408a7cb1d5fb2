"""hidden_checks.py - properties of lab "faults" that no hand-out has"""
from memory import LARGE_PAGESIZE

from account_checks import agrees_about_tables
from fault_moments import (ERROR_MIN, PAGESIZE, check_bytes, fresh, mapped, number, page_of, part,
                           survived, wrong_at)
from told_checks import NO_MEMORY, are_told


def heap_is_each_process_own(run):
    """A child has its parent's promises; what one gets for them, the other does not."""
    blame = {"function": "keep_promise", "cause": "what comes for one process's promise must be in "
             "its own page table alone, and no writable page of zeros must be shared by fork"}
    parent = base = before = None
    for moment in part(run, **blame):
        if moment.name == "parent":
            parent, base = moment.cr3, moment.args[0]
            before = pages_at(moment, base, parent)
        elif parent and moment.cr3 != parent:
            for va, data in pages_at(moment, base, parent).items():
                if data != before[va]:
                    run.wrong(moment,
                              expected="the parent's heap as it was while its child uses its own",
                              found=f"its page at {va:#x} changed", va=va, **blame)
        if moment.name in ("touched", "child"):
            check_family_page(run, moment, blame)


def pages_at(moment, base, cr3):
    """What the six pages from `base` on have, by address."""
    return {va: moment.read(va, PAGESIZE, cr3) for va in range(base, base + 6 * PAGESIZE, PAGESIZE)}


def check_family_page(run, moment, blame):
    if moment.name == "child":
        va = moment.args[0] + PAGESIZE
        return check_bytes(run, moment, va, fresh(moment, va, 1),
                           "what the parent wrote before the fork", **blame)
    va, how = moment.args[:2]
    mapping = mapped(run, moment, va, f"a page at {va:#x}, which was promised before the fork",
                     **blame)
    if how == 1 and not mapping.writable:
        wrong_at(run, moment, mapping, "a page to write to", "it is read-only", **blame)
    check_bytes(run, moment, page_of(va), fresh(moment, va, how),
                "zeros, and what this process wrote", **blame)


def stack_is_each_process_own(run):
    blame = {"function": "give_stack", "cause": "a stack's pages belong to one process: what the "
             "child touches must not appear in its parent"}
    parent = None
    for moment in part(run, **blame):
        if moment.name == "parent":
            parent, childs = moment.cr3, moment.args[0]
        if moment.name == "child's":
            if moment.lookup(childs, parent):
                tables = [[entry for level, _, entry in moment.levels(childs, cr3) if level == 1]
                          for cr3 in (parent, moment.cr3)]
                if tables[0] == tables[1]:
                    blame = {"function": "own_table", "cause": "the child changed a page table "
                             "that it shares with its parent"}
                run.wrong(moment, expected=f"nothing at {childs:#x} of the parent",
                          found="the child's page", va=childs, **blame)
        if moment.name == "touched":
            va, how = moment.args[:2]
            check_bytes(run, moment, page_of(va), fresh(moment, va, how),
                        "zeros, and what this process wrote", **blame)


def fork_with_hardly_any_memory(run):
    """Fork takes hardly any memory; who then writes more than there is stops, and nobody else
    does."""
    blame = {"function": "resolve_write", "cause": "without memory for a copy, resolve_write must "
             "return E_NOMEM with nothing changed; and the last one that has a page needs no copy"}
    before = None
    for moment in part(run, **blame):
        if moment.name == "full":
            base, count = moment.args[:2]
            before = [moment.read(base + n * PAGESIZE, PAGESIZE) for n in range(count)]
        if moment.name == "forked" and moment.args[0] >= ERROR_MIN:
            run.wrong(moment, expected="fork to work, as it copies no page",
                      found=f"error {number(moment.args[0])}", function="inherit_page",
                      cause="fork copies pages, for which there is no memory")
        if moment.name == "gone":
            if moment.args[0] == 0:
                run.wrong(moment, expected="a child that writes more than there is to be stopped",
                          found="it was not", **blame)
            for n, data in enumerate(before):
                check_bytes(run, moment, base + n * PAGESIZE, data, "what the parent has", **blame)
        if moment.name == "wrote":
            for n, data in enumerate(before):
                check_bytes(run, moment, base + n * PAGESIZE, (63).to_bytes(8, "little") + data[8:],
                            "what the parent wrote", **blame)


def tables_end_in_any_order(run):
    """Whoever ends first, the others have what they had; and all of it comes back."""
    short = {"function": "own_table", "cause": "without memory for a table of its own "
             "(`copy_table`), who would change a shared one gets E_NOMEM, and nothing has changed"}
    blame = {"function": "leave_pages", "cause": "(or `own_table`, `share_tables`) a table's "
             "count, or who its pages belong to, is wrong once one of those that share it has "
             "ended: each gives up one reference, and the last one all below it"}
    first = None
    for moment in part(run, **blame):
        if moment.name == "survived":
            survived(run, moment, **short)
        if moment.name == "tried":
            blame = short
            are_told(run, [(moment, moment.args[0])], lambda va: (NO_MEMORY,), **short)
        if moment.name == "look":
            agrees_about_tables(run, moment)
            member, base = moment.args[:2]
            seen = {member} | ({1} if member == 2 else set())
            for n in range(3):
                va = base + n * LARGE_PAGESIZE + 8
                value = (n + 1 if n in seen else 0).to_bytes(8, "little")
                check_bytes(run, moment, va, value, "what this process and those before it wrote",
                            **blame)
        if moment.name == "full":
            count, start = moment.args[:2]
            pages = {mapping.pa for va, mapping in moment.own().items()
                     if start <= va < start + count * PAGESIZE}
            if len(pages) != count:
                run.wrong(moment, expected=f"{count} different physical pages",
                          found=f"{len(pages)}", **blame)
        if moment.name == "before":
            first = moment.args[0]
        if moment.name == "after" and moment.args[0] != first:
            run.wrong(moment,
                      expected=f"{first} free pages after {moment.args[1]} rounds, as before",
                      found=f"{moment.args[0]}", **blame)
