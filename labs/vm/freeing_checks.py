"""freeing_checks.py - what has to be true in steps freeing and sharing; see checks.py"""
import struct

from memory import PAGESIZE

from looking import (
    ADD_PAGE, CONSTRUCTOR, COPY, DESTRUCTOR, E_AGAIN, E_NOMEM, NPROC, SPARE, blame, filled, pairs, program_pages,
    result_name, segments, shared_writable, signed, table_pages, unused_pages, used_pages, user_pages, watch)


# Step 6: freeing memory

class Cycles:
    """What check-cycles was seen to do: `children` that exited, each {page: what it was: a level, or "page"}; `results`
    of fork; `tooks`, at which a child had taken all memory; `slots`; the `ending` before; `parent`'s page table."""

    def __init__(self, run):
        self.run, self.children, self.results, self.tooks, self.ending, self.slots = run, [], [], [], None, None
        with blame("end_process", "`end_process` lets the process that exits go on, or its slot or memory is still in "
                   "use; or the destructor gives back what somebody else still has, or `kfree` nothing"):
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
        """[{role of a page, whose child exited, and that nobody can have any more: its address}], one a child."""
        moment = self.tooks[-1] if len(self.tooks) > 1 else self.ending
        unused = set(unused_pages(self.run, moment, *{self.parent, moment.cr3}))
        last_role = {pa: (number, role) for number, roles in enumerate(self.children) for pa, role in roles.items()}
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
                  found=f"none of {len(cycles.children)} processes got a page that another had before",
                  function="kfree", cause="nothing is given back: `kfree` does nothing, or `end_process` does not let "
                                          "the process's memory go: step freeing has not begun")


def _given_back(run, roles, what, function, cause):
    """Pages with one of these roles are not lost when a process exits."""
    cycles = Cycles(run)
    found, unused = cycles.lost()
    pages = [pa for each in found for role, pa in each.items() if role in roles]
    children = sum(any(role in roles for role in each) for each in found)
    if children >= max(3, len(found) // 2):
        run.wrong(cycles.ending, expected=f"{what} of a process that exits to be given back",
                  found=f"those of {children} among {len(found)} processes were never used again, such as page "
                  f"{pages[0]:#x}; {unused} pages are lost", pa=pages[0], function=function, cause=cause)


def exit_frees_pages(run):
    """The pages of a process that exits can be had by others."""
    _given_back(run, {"page"}, "the pages", DESTRUCTOR, "the destructor does not give up all pages of the process: "
                                                        "those from PROC_START_ADDR to MEMSIZE_VIRTUAL that are "
                                                        "mapped, the stack's too")


def exit_frees_tables(run):
    """So can its page-table pages of the lower levels."""
    _given_back(run, {0, 1, 2}, "the page-table pages (levels 0 to 2)", DESTRUCTOR,
                "the destructor does not give up the page-table pages below the top level (`ptiter` walks them)")


def exit_frees_top(run):
    """So can its top-level page-table page."""
    _given_back(run, {3}, "the top-level page-table page", DESTRUCTOR,
                "the destructor does not give up the top-level page, which `ptiter` does not come to")


def slots_again(run):
    """A slot can be used again when its process has exited, any number of times."""
    cycles = Cycles(run)
    for moment, result in cycles.results:
        if result == E_AGAIN:
            run.wrong(moment, expected="fork to find a slot, since the children before have exited",
                      found=f"E_AGAIN for child {moment.args[0]}", function="end_process",
                      cause="`end_process` leaves the slot in use, or `fork_process` loses one when it fails")
    _expect_all_slots(run, cycles.slots)


def _expect_all_slots(run, moment):
    """In the end as many children can be there at once as there are slots, if there is memory for them."""
    count, result = moment.args[0], signed(moment.args[1])
    if count < NPROC - 2 and result != E_NOMEM:
        run.wrong(moment, expected=f"{NPROC - 2} children at once, after many forks that failed, and many exits",
                  found=f"{count}, and then {result_name(moment.args[1])}", function="fork_process",
                  cause="`fork_process` takes a slot and does not give it back when there is no memory for the child "
                  "(or `end_process` leaves slots in use)")


def nothing_used_twice(run):
    """While processes come and go at random, each finds in its pages what it wrote there."""
    cause = "a page was given back while it is in use: counted down twice, or given up by somebody who had it no more"
    with blame("kfree", cause):
        for moment in watch(run):
            if moment.name == "wrong":
                va, expected, found = moment.args[:3]
                each = moment.lookup(va)
                run.wrong(moment, expected=f"the word at {va:#x} to be {expected:#x}, as the process wrote it",
                          found=f"{found:#x}", va=va, pa=each and each.pa, entry=each and each.entry, function="kfree",
                          cause=cause)
            _expect_no_double_use(run, moment, cause)


def _expect_no_double_use(run, moment, cause):
    """No page is twice in the running process's memory."""
    seen, tables = {}, table_pages(moment)
    for each in user_pages(moment).values():
        if each.pa in seen or each.pa in tables:
            run.wrong(moment, expected=f"a page of its own for {each.va:#x}",
                      found="it is a page-table page, too" if each.pa in tables else f"it is also {seen[each.pa]:#x}'s",
                      va=each.va, pa=each.pa, entry=each.entry, function="kfree", cause=cause)
        seen[each.pa] = each.va


class ShortForks:
    """Directs check-fork-short: rounds in which a child leaves `left` pages, and somebody forks."""
    NOBODY, PARENT, CHILD = 0, 1, 2

    def __init__(self, run):
        self.run = run
        self.forked, self.born = [], []             # moments of the last round's forks
        self.total = self.rest = None
        self.round(1000, self.NOBODY)

    def write(self, name, *values, cr3=None):
        """Writes to the variables that the last plan named, in the process of `cr3` (default: the one that runs)."""
        moment = self.next(name) if name else self.plan
        for address, value in values:
            moment.write(self.plan.args[address], struct.pack("<Q", value), cr3)
        return moment

    def round(self, left, forker):
        """One round. Returns how many pages fewer the child could have in all than in the last round."""
        self.plan = self.run.next("plan")
        self.write(None, (0, max(self.total - left, 1) if self.total else left), (1, forker))
        child = self.write("took", (2, 1), cr3=self.plan.cr3)
        self.forked, self.born = [], []
        if forker == self.PARENT:
            self.forked = self.forks()
        self.write("tried", (2, 1), cr3=child.cr3)
        if forker == self.CHILD:
            self.forked = self.forks()
        self.rest = self.write("rest", (2, 1), cr3=self.plan.cr3)
        before, self.total = self.total, child.args[0] + self.rest.args[0]
        return before - self.total if before else 0

    def forks(self):
        """The moments of four forks; those of the children, as far as they have come, go to `born`."""
        return [self.next("forked") for _ in range(4)]

    def next(self, name):
        """The next moment of that name; a child that has come to its first one until then is kept."""
        while (moment := self.run.next()).name != name:
            if moment.name == "born":
                self.born.append(moment)
        return moment

    def all(self):
        """(left, who forks) of each round that this run is for."""
        if self.run.seed % 2:
            return [(left, self.PARENT) for left in range(13, -1, -1)]
        return [(left, self.CHILD) for left in (60, 25, 9, 2)]


def short_fork_says_so(run):
    """A fork for which there are a few pages too little returns E_NOMEM, however few there are."""
    cause = "somewhere on the way a missing page is not noticed, or `fork_process` returns another error"
    with blame("fork_process", cause):
        forks = ShortForks(run)
        for left, forker in forks.all():
            forks.round(left, forker)
            for moment in forks.forked:
                result = signed(moment.args[0])
                if result <= 0 and result != E_NOMEM:
                    run.wrong(moment, expected=f"fork with {left} pages left to return E_NOMEM, or a child's pid",
                              found=result_name(moment.args[0]), function="fork_process", cause=cause
                              if result != E_AGAIN else "`fork_process` does not give the slot back when `copy` fails")


def short_fork_gives_back(run):
    """A fork that fails halfway gives back all that it had taken, at whatever point memory ran out."""
    with blame(COPY, "a fork that fails, for lack of memory, leaves something behind (`copy`, `fork_process`)"):
        forks = ShortForks(run)
        for left, forker in forks.all():
            if forks.round(left, forker) <= 0:
                continue
            usual = forks.round(60, forks.NOBODY)   # what gets lost anyway, with each child that exits
            lost = forks.round(left, forker)        # and is it lost each time?
            if lost > usual:
                expected = f"as many free pages after four forks, with {left} pages left, as before"
                if left < 4:                        # a new page table alone has so many pages
                    run.wrong(forks.rest, expected=expected, found=f"{lost} fewer", function=CONSTRUCTOR,
                              cause="the constructor, when it fails, keeps the page-table pages that it has got")
                run.wrong(forks.rest, expected=expected, found=f"{lost} fewer", function=COPY,
                          cause="`copy` keeps a page that it could not map, or `fork_process` does not let go what has "
                          "been copied when `copy` fails: pages, page tables, the top-level page")


def replaced_page_freed(run):
    """A page that another one replaces is given back."""
    for moment in watch(run, "refused", "full", "end"):
        if moment.name == "refused" and moment.args[2] < 600:
            run.wrong(moment, expected="a page to be replaced as often as one likes",
                      found=f"{result_name(moment.args[1])} after {moment.args[2]} times", va=moment.args[0],
                      function=ADD_PAGE, cause="`add_page` does not give up the page that was there before (`kfree`)")
        unused = unused_pages(run, moment, moment.cr3) if moment.name == "full" else []
        if len(unused) > SPARE:
            run.wrong(moment, expected="to get all memory", found=f"{len(unused)} pages are lost", pa=unused[0],
                      function=ADD_PAGE, cause="`add_page` does not always give up the page that was there before")


def replaced_without_memory(run):
    """With no memory left, a page is replaced by a new one, or stays as it is; nothing in between."""
    cause = "`add_page` gives up the old page, or its mapping, before it is sure of the new one"
    with blame(ADD_PAGE, cause):
        for moment in watch(run, "asked", "end"):
            va, result = moment.args[0], signed(moment.args[1])
            data = moment.read(va, PAGESIZE)
            expected = bytes(PAGESIZE) if result == 0 else filled(va, 1)
            if result not in (0, E_NOMEM) or data != expected:
                run.wrong(moment, expected="E_NOMEM and the old page, or 0 and a new one",
                          found=f"{result_name(moment.args[1])} and " + ("no page" if data is None else "another one"),
                          va=va, function=ADD_PAGE, cause=cause)


# Step 7: shared read-only memory

def shared_page_without_memory(run):
    """With no memory left, a shared page is replaced for one process, or stays as it is for both."""
    cause = "`add_page` gives up the old page, or its mapping, before it is sure of the new one"
    with blame(ADD_PAGE, cause):
        for moment in watch(run, "asked", "gone"):
            va, result, own = moment.args[0], signed(moment.args[1]), moment.own()
            data, kept = moment.read(va, PAGESIZE), bytes([1, 2, 3]) + bytes(PAGESIZE - 3)
            if result not in (0, E_NOMEM) or data != (bytes(PAGESIZE) if result == 0 else kept):
                run.wrong(moment, expected="E_NOMEM and the page as it was, or 0 and a new one",
                          found=f"{result_name(moment.args[1])} and " + ("no page" if data is None else "another one"),
                          va=va, function=ADD_PAGE, cause=cause)
            twice = [each.va for each in own.values() if each.pa == own[va].pa and each.va != va]
            if twice:
                run.wrong(moment, expected=f"the page at {va:#x} to be no other page, too",
                          found=f"it is also the one at {twice[0]:#x}: it was free while it was mapped", va=va,
                          pa=own[va].pa, function=ADD_PAGE, cause=cause)


def _family(run, *names):
    """Moments of check-share."""
    with blame("end_process", "when a process of the family exits, `end_process` lets it go on, or "
               "`~new_address_space` or `kfree` takes away what another one uses; or `copy` did not count it"):
        yield from watch(run, *names)


def _shared_by(run, numbers_wanted):
    """At "all": each page of text and constants is one physical page for these processes."""
    spaces = {}
    for moment in _family(run, "born", "all", "end"):
        if moment.name == "born":
            spaces[moment.args[0]] = moment.cr3
        if moment.name != "all":
            continue
        for va in program_pages(run, moment.program, writable=False):
            found = {number: moment.lookup(va, spaces[number]) for number in numbers_wanted if number in spaces}
            if len({each and each.pa for each in found.values()}) > 1 or len(found) < len(numbers_wanted):
                pages = ", ".join(f"{each.pa:#x}" if each else "none" for each in found.values())
                run.wrong(moment, expected=f"processes {numbers_wanted} of the family to share the page at {va:#x}, "
                          "which none of them can write to", found=f"physical pages {pages}", va=va, function=COPY,
                          cause="`copy` copies pages that nobody can write to: it should map the same page, and count "
                          "it (`share_page`)")
        return


def text_shared(run):
    """The gate of the step: parent and child share what neither can write to."""
    _shared_by(run, (0, 1))


def shared_by_all(run):
    """So do all five of a family: children, and a child's child."""
    _shared_by(run, (0, 1, 2, 3, 4))


def writable_apart(run):
    """No page that one of them can write to is also another's."""
    spaces = {}
    for moment in _family(run, "born", "all", "end"):
        if moment.name == "born":
            spaces[moment.args[0]] = moment.cr3
        for (one, cr3), (other, its) in pairs(spaces) if moment.name == "all" else ():
            if common := shared_writable(moment, cr3, its):
                mine, each = common
                run.wrong(moment, expected=f"no writable page of {one} in {other}'s memory",
                          found=f"physical page {each.pa:#x} is at {mine.va:#x} and {each.va:#x}", va=each.va,
                          pa=each.pa, entry=each.entry, function=COPY,
                          cause="`copy` shares a page that may be written")


def shared_not_writable(run):
    """A process that tries to write to what it shares is stopped, and the others keep it."""
    for moment in watch(run, "survived", "end"):
        if moment.name == "survived":
            each = moment.lookup(moment.args[1])
            run.wrong(moment, expected="a process that writes to its text or constants to be stopped",
                      found=f"it could write to {moment.args[1]:#x}", va=moment.args[1], pa=each and each.pa,
                      entry=each and each.entry, function=COPY, cause="`copy` gives the shared page PTE_W in the child")


def still_there(run):
    """In whatever order a family's processes exit, those that stay keep what they shared."""
    cause = ("the shared page was given up when somebody else exited: `copy` does not count it once for each process "
             "that maps it (`share_page`), the destructor, `~new_address_space`, gives it up twice, or `kfree` frees "
             "it whatever its reference count")
    with blame(COPY, cause):
        for moment in watch(run):
            for start, end, flags, contents in segments(run, moment.program):
                for va in range(start, end, PAGESIZE) if not flags & 2 else ():
                    data, expected = moment.read(va, PAGESIZE), contents[va - start:va - start + PAGESIZE]
                    if data != expected and (data is None or moment.name != "took"):
                        run.wrong(moment, expected=f"the text or constants at {va:#x} as they were",
                                  found="they are gone" if data is None else "something else", va=va, function=COPY,
                                  cause=cause)
            _expect_no_double_use(run, moment, cause)


def shared_freed(run):
    """A shared page that nobody uses any more can be had again."""
    alone = None
    for moment in _family(run, "alone", "took", "end"):
        if moment.name == "alone":
            alone = moment
        elif moment.name == "took":
            each = alone.lookup(alone.args[1])
            if each and each.pa // PAGESIZE not in used_pages(moment, moment.cr3):
                run.wrong(moment, expected=f"page {each.pa:#x}, which five processes shared, to be free once none has "
                                           "it", found="nobody could get it when all memory was taken", va=each.va,
                          pa=each.pa, function=DESTRUCTOR, cause="the page was counted more often than it was given "
                                                                 "up: `copy` counts it twice, or the destructor or "
                                                                 "`add_page` does not give up shared pages, or `kfree` "
                                                                 "keeps the last reference")


def replaced_shared_page(run):
    """A process that replaces a shared page gets its own, and the others keep theirs."""
    child = None
    for moment in watch(run, "child", "replaced", "end"):
        if moment.name == "child":
            child = moment
        elif moment.name == "replaced":
            va, mine = moment.args[0], child.lookup(moment.args[0])
            each = moment.lookup(va)
            if signed(moment.args[1]) != 0 or not each or not each.writable or mine and each.pa == mine.pa:
                run.wrong(moment, expected=f"a new page, that the process can write to, at {va:#x}",
                          found=f"{result_name(moment.args[1])}" + (", and the shared page" if each and mine
                                                                   and each.pa == mine.pa else ""), va=va,
                          function=ADD_PAGE, cause="`add_page` keeps the page that was there")
        elif moment.read(moment.args[0], PAGESIZE) != bytes(PAGESIZE):
            run.wrong(moment, expected=f"the parent's constants at {moment.args[0]:#x} as they were",
                      found="they are not", va=moment.args[0], function=ADD_PAGE,
                      cause="`add_page` clears or gives up a page that others share")
