"""short_fork_checks.py - what a fork does for which memory is short; see checks.py"""
import struct

from looking import CONSTRUCTOR, COPY, E_AGAIN, E_NOMEM, blame, result_name, signed, user_pages


class ShortForks:
    """Directs check-fork-short: rounds in which a child leaves `left` pages, and somebody forks."""
    NOBODY, PARENT, CHILD = 0, 1, 2

    def __init__(self, run):
        self.run = run
        self.forked, self.born = [], []             # moments of the last round's forks
        self.total = self.rest = None
        self.round(1000, self.NOBODY)

    def write(self, name, *values, cr3=None):
        """Writes to the variables that the last plan named, in the process of `cr3` (default: the
        one that runs)."""
        moment = self.next(name) if name else self.plan
        for address, value in values:
            moment.write(self.plan.args[address], struct.pack("<Q", value), cr3)
        return moment

    def round(self, left, forker):
        """One round. Returns how many pages fewer the child could have in all than in the last
        round."""
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
        """The moments of four forks; those of the children, as far as they have come, go to
        `born`."""
        return [self.next("forked") for _ in range(4)]

    def next(self, name):
        """The next moment of that name; a child that has come to its first one until then is
        kept."""
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
    cause = ("somewhere on the way a missing page is not noticed, or `fork_process` returns "
             "another error")
    with blame("fork_process", cause):
        forks = ShortForks(run)
        for left, forker in forks.all():
            forks.round(left, forker)
            for moment in forks.forked:
                result = signed(moment.args[0])
                if result <= 0 and result != E_NOMEM:
                    run.wrong(moment, expected=f"fork with {left} pages left to return E_NOMEM, or "
                              "a child's pid", found=result_name(moment.args[0]),
                              function="fork_process", cause=cause if result != E_AGAIN
                              else "`fork_process` does not give the slot back when `copy` fails")


def short_fork_gives_back(run):
    """A fork that fails halfway gives back all that it had taken, at whatever point memory ran
    out."""
    with blame(COPY, "a fork that fails, for lack of memory, leaves something behind (`copy`, "
               "`fork_process`)"):
        forks = ShortForks(run)
        for left, forker in forks.all():
            if forks.round(left, forker) <= 0:
                continue
            usual = forks.round(60, forks.NOBODY)   # what each child that exits loses anyway
            lost = forks.round(left, forker)        # and is it lost each time?
            if lost > usual:
                expected = f"as many free pages after four forks, with {left} pages left, as before"
                if left < 4:                        # a new page table alone has so many pages
                    run.wrong(forks.rest, expected=expected, found=f"{lost} fewer",
                              function=CONSTRUCTOR, cause="the constructor, when it fails, keeps "
                              "the page-table pages that it has got")
                run.wrong(forks.rest, expected=expected, found=f"{lost} fewer", function=COPY,
                          cause="`copy` keeps a page that it could not map, or `fork_process` does "
                          "not let go what has been copied when `copy` fails: pages, page tables, "
                          "the top-level page")


def forks_are_whole(run):
    """A fork for which memory is short begins a child that has all of its parent's pages, or
    none."""
    cause = ("(or `new_address_space`) a page or a page table for which there is no memory is left "
             "out, and the fork goes on")
    with blame(COPY, cause):
        forks = ShortForks(run)
        for left, forker in forks.all():
            forks.round(left, forker)
            begun = sum(signed(moment.args[0]) > 0 for moment in forks.forked)
            if begun != len(forks.born):
                run.wrong(forks.rest, expected="each child to come to its first instructions",
                          found=f"with {left} pages left, fork returned {begun} pids, and "
                          f"{len(forks.born)} children came there", function=COPY, cause=cause)
            whole = user_pages(forks.forked[0]).keys()
            for moment in forks.born:
                missing = sorted(set(whole) - user_pages(moment).keys())
                if missing:
                    run.wrong(moment, expected=f"a child with a page at {missing[0]:#x}, as its "
                              "parent has, or no child",
                              found=f"with {left} pages left it has none", va=missing[0],
                              function=COPY, cause=cause)
