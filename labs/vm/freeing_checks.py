"""freeing_checks.py - what has to be true in step freeing; see checks.py"""
from memory import PAGESIZE

from looking import (ADD_PAGE, DESTRUCTOR, E_AGAIN, E_NOMEM, NPROC, SPARE, blame, filled,
                     result_name, signed, table_pages, unused_pages, user_pages, watch)


class Cycles:
    """What check-cycles was seen to do: `children` that exited, each {page: what it was: a level,
    or "page"}; `results` of fork; `tooks`, at which a child had taken all memory; `slots`; the
    `ending` before; `parent`'s page table."""

    def __init__(self, run):
        self.run, self.ending, self.slots = run, None, None
        self.children, self.results, self.tooks = [], [], []
        with blame("end_process", "`end_process` lets the process that exits go on, or its slot or "
                   "memory is still in use; or the destructor gives back what somebody else still "
                   "has, or `kfree` nothing"):
            for moment in watch(run):
                self.take(moment)

    def take(self, moment):
        if moment.name == "begin":
            self.parent = moment.cr3
        elif moment.name == "child":
            roles = {each.pa: "page" for each in user_pages(moment).values() if each.writable}
            self.children.append({**roles, **table_pages(moment)})
        elif moment.name == "forked":
            self.results.append((moment, signed(moment.args[1])))
        elif moment.name == "took":
            self.tooks.append(moment)
        if moment.name == "slots":
            self.slots = moment
        else:
            self.ending = moment if moment.name != "end" else self.ending

    def is_reused(self):
        """Whether any page of an exited child is seen again in a later one's memory."""
        seen = set()
        for roles in self.children:
            if seen & roles.keys():
                return True
            seen |= roles.keys()
        return False

    def lost(self):
        """[{role of a page, whose child exited, and that nobody can have any more: its address}],
        one a child."""
        moment = self.tooks[-1] if len(self.tooks) > 1 else self.ending
        unused = set(unused_pages(self.run, moment, *{self.parent, moment.cr3}))
        last_role = {pa: (number, role) for number, roles in enumerate(self.children) for pa,
                     role in roles.items()}
        found = [{} for _ in self.children]
        for pa in unused & last_role.keys():
            number, role = last_role[pa]
            found[number][role] = pa
        return found, len(unused)


def freeing_begun(run):
    """The gate of the step: what a process had is used again when it has exited."""
    cycles = Cycles(run)
    if not cycles.is_reused():
        run.wrong(cycles.ending, expected="pages of processes that have exited to be used again",
                  found=f"none of {len(cycles.children)} processes got a page that another had "
                  "before", function="kfree", cause="nothing is given back: `kfree` does nothing, "
                  "or `end_process` does not let the process's memory go: step freeing has not "
                  "begun")


def _given_back(run, roles, what, function, cause):
    """Pages with one of these roles are not lost when a process exits."""
    cycles = Cycles(run)
    found, unused = cycles.lost()
    pages = [pa for each in found for role, pa in each.items() if role in roles]
    children = sum(any(role in roles for role in each) for each in found)
    if children >= max(3, len(found) // 2):
        run.wrong(cycles.ending, expected=f"{what} of a process that exits to be given back",
                  found=f"those of {children} among {len(found)} processes were never used again, "
                  f"such as page {pages[0]:#x}; {unused} pages are lost", pa=pages[0],
                  function=function, cause=cause)


def exit_frees_pages(run):
    """The pages of a process that exits can be had by others."""
    _given_back(run, {"page"}, "the pages", DESTRUCTOR, "the destructor does not give up all pages "
                "of the process: those from PROC_START_ADDR to MEMSIZE_VIRTUAL that are mapped, "
                "the stack's too")


def exit_frees_tables(run):
    """So can its page-table pages of the lower levels."""
    _given_back(run, {0, 1, 2}, "the page-table pages (levels 0 to 2)", DESTRUCTOR,
                "the destructor does not give up the page-table pages below the top level "
                "(`ptiter` walks them)")


def exit_frees_top(run):
    """So can its top-level page-table page."""
    _given_back(run, {3}, "the top-level page-table page", DESTRUCTOR,
                "the destructor does not give up the top-level page, which `ptiter` does not come "
                "to")


def slots_again(run):
    """A slot can be used again when its process has exited, any number of times."""
    cycles = Cycles(run)
    for moment, result in cycles.results:
        if result == E_AGAIN:
            run.wrong(moment, expected="fork to find a slot, since the children before have exited",
                      found=f"E_AGAIN for child {moment.args[0]}", function="end_process",
                      cause="`end_process` leaves the slot in use, or `fork_process` loses one "
                      "when it fails")
    _expect_all_slots(run, cycles.slots)


def _expect_all_slots(run, moment):
    """In the end as many children can be there at once as there are slots, if there is memory for
    them."""
    count, result = moment.args[0], signed(moment.args[1])
    if count < NPROC - 2 and result != E_NOMEM:
        run.wrong(moment, expected=f"{NPROC - 2} children at once, after many forks that failed, "
                  "and many exits", found=f"{count}, and then {result_name(moment.args[1])}",
                  function="fork_process", cause="`fork_process` takes a slot and does not give it "
                  "back when there is no memory for the child (or `end_process` leaves slots in "
                  "use)")


def nothing_used_twice(run):
    """While processes come and go at random, each finds in its pages what it wrote there."""
    cause = ("a page was given back while it is in use: counted down twice, or given up by "
             "somebody who had it no more")
    with blame("kfree", cause):
        for moment in watch(run):
            if moment.name == "wrong":
                va, expected, found = moment.args[:3]
                each = moment.lookup(va)
                run.wrong(moment, expected=f"the word at {va:#x} to be {expected:#x}, as the "
                          "process wrote it", found=f"{found:#x}", va=va, pa=each and each.pa,
                          entry=each and each.entry, function="kfree", cause=cause)
            expect_no_double_use(run, moment, cause)


def expect_no_double_use(run, moment, cause):
    """No page is twice in the running process's memory."""
    seen, tables = {}, table_pages(moment)
    for each in user_pages(moment).values():
        if each.pa in seen or each.pa in tables:
            run.wrong(moment, expected=f"a page of its own for {each.va:#x}",
                      found="it is a page-table page, too" if each.pa in tables
                      else f"it is also {seen[each.pa]:#x}'s", va=each.va, pa=each.pa,
                      entry=each.entry, function="kfree", cause=cause)
        seen[each.pa] = each.va


def replaced_page_freed(run):
    """A page that another one replaces is given back."""
    for moment in watch(run, "refused", "full", "end"):
        if moment.name == "refused" and moment.args[2] < 600:
            run.wrong(moment, expected="a page to be replaced as often as one likes",
                      found=f"{result_name(moment.args[1])} after {moment.args[2]} times",
                      va=moment.args[0], function=ADD_PAGE,
                      cause="`add_page` does not give up the page that was there before (`kfree`)")
        unused = unused_pages(run, moment, moment.cr3) if moment.name == "full" else []
        if len(unused) > SPARE:
            run.wrong(moment, expected="to get all memory", found=f"{len(unused)} pages are lost",
                      pa=unused[0], function=ADD_PAGE,
                      cause="`add_page` does not always give up the page that was there before")


def replaced_without_memory(run):
    """With no memory left, a page is replaced by a new one, or stays as it is; nothing in
    between."""
    cause = "`add_page` gives up the old page, or its mapping, before it is sure of the new one"
    with blame(ADD_PAGE, cause):
        for moment in watch(run, "asked", "end"):
            va, result = moment.args[0], signed(moment.args[1])
            data = moment.read(va, PAGESIZE)
            expected = bytes(PAGESIZE) if result == 0 else filled(va, 1)
            if result not in (0, E_NOMEM) or data != expected:
                run.wrong(moment, expected="E_NOMEM and the old page, or 0 and a new one",
                          found=f"{result_name(moment.args[1])} and "
                          + ("no page" if data is None else "another one"), va=va,
                          function=ADD_PAGE, cause=cause)
