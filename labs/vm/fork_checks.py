"""fork_checks.py - what has to be true in step fork; see checks.py"""
from grading.run import Wrong
from memory import PAGESIZE

from looking import (COPY, E_AGAIN, E_NOMEM, NPROC, SPARE, blame, filled, is_marked, numbers,
                     result_name, signed, unused_pages, user_pages, watch)

REGISTERS = "rbx rdx rsi rdi rbp r8 r9 r10 r12 r13 r14 r15 rsp rflags".split()


class Family:
    """The moments of check-fork: `before` the fork; `child` and `parent`, the first of each
    afterwards; `named`, the last of each name; `end`."""

    def __init__(self, run):
        self.named, self.before, self.child, self.parent = {}, None, None, None
        with blame("fork_process", "the child is not a runnable process with the parent's "
                   "registers, or `copy` did not give it all of the parent's memory, and it "
                   "faulted"):
            try:
                for moment in watch(run):
                    self.take(moment)
            except Wrong as wrong:
                self.tell_of_parent(wrong)
                raise
        if not self.child:
            result = self.parent.args[0] if self.parent else 0
            faulted = "\nfault pid=" in run.log()   # this explains; that nobody came to run decides
            run.wrong(self.parent, expected="fork to make a second process that goes on where the "
                      "first one does", found="nobody else came to run; fork returned "
                      f"{result_name(result)} to the parent",
                      function=COPY if faulted else "fork_process",
                      cause="the child faulted at once: `copy` left out its stack or its program, "
                      "or `fork_process` did not give it the parent's registers" if faulted
                      else "`fork_process` makes no child, or one that is never runnable; or "
                      "`copy` fails")

    def tell_of_parent(self, wrong):
        """If the run ended since fork has written to the parent's pages, says so."""
        end = wrong.moment
        if not wrong.ending or not self.before or not end or not end.registers:
            return
        for va in self.heap():
            found = end.read(va, 8, self.before.cr3)
            if found and found not in (filled(va, 1)[:8], filled(va, 3)[:8]):
                raise Wrong(end, f"the parent's page at {va:#x} to be as it was before the fork",
                            "fork has written to it", va=va, root=self.before.cr3, function=COPY,
                            cause="`copy` changes the pages that it copies from: `copy_page` takes "
                            "the new page first, and then the old one") from None

    def take(self, moment):
        self.named[moment.name] = moment
        if moment.name == "before":
            self.before = moment
        elif self.before and moment.cr3 != self.before.cr3:
            self.child = self.child or moment
        elif self.before:
            self.parent = self.parent or moment

    def buffer(self):
        """(address, size) of what lies on the stack."""
        return self.before.args[:2]

    def heap(self):
        """Addresses of the pages that the process asked for."""
        first, count = self.before.args[2:4]
        return numbers(self.before.read(first, 8 * count))


def fork_begun(run):
    """The gate of the step: fork makes a second process, with a page table of its own, that goes on
    there, too."""
    Family(run)


def child_result(run):
    """Fork returns the child's pid to the parent, and 0 to the child."""
    family = Family(run)
    result = signed(family.parent.args[0]) if family.parent else 0
    childs = signed(family.child.args[0])
    if not 1 < result < NPROC:
        run.wrong(family.parent, expected="fork to return the child's pid to the parent",
                  found=f"it returned {result}", function="fork_process",
                  cause="`fork_process` returns something else than the child's pid")
    if childs != 0:
        run.wrong(family.child, expected="fork to return 0 to the child",
                  found=f"it returned {childs}", process=result, function="fork_process",
                  cause="the child's saved rax (`regs->reg_rax`) is not set to 0")


def registers_copied(run):
    """The child begins with all of the parent's registers but rax; those of the parent stay as they
    were."""
    family = Family(run)
    for who, moment in (("child", family.child), ("parent", family.parent)):
        before, after = (numbers(moment.read(address, 8 * len(REGISTERS))
                                 or bytes(8 * len(REGISTERS))) for address in moment.args[1:3])
        for name, expected, found in zip(REGISTERS, before, after):
            if name == "rflags":
                expected, found = expected & 0xFD5, found & 0xFD5
            if expected != found:
                run.wrong(moment, expected=f"the {who}'s {name} to be what it was before the fork, "
                          f"{expected:#x}", found=f"{found:#x}", function="fork_process",
                          cause="the child's `regs` are not a copy of the parent's"
                          if who == "child" else "`fork_process` changes the parent's registers")
    for name in ("fs", "gs"):
        expected, found = (moment.registers.get(name) for moment in (family.before, family.child))
        if expected != found:
            run.wrong(family.child,
                      expected=f"the child's {name} to be the parent's, {expected:#x}",
                      found=f"{found:#x}", function="fork_process",
                      cause="the parent's selectors are not in its saved registers yet when these "
                      "are copied (`save_selectors`)")


def child_has_a_parent(run):
    """A child knows who its parent is, and so can be waited for."""
    family = Family(run)
    if not family.parent or not family.parent.pid:
        return
    child, parent = family.child.pid, family.parent.pid
    memory = family.child.memory
    found = memory.structure("proc", memory.process_address(child))["parent"] if child else None
    if found != parent:
        run.wrong(family.child, expected=f"process {child} to be a child of process {parent}",
                  found=f"its parent is {found}", function="fork_process",
                  cause="`begin_process` is told whose child it is")


def fork_tree(run):
    """Children fork as well, and each of eight processes keeps what it wrote."""
    last, roots = {}, {}
    with blame("fork_process", "a process that was itself forked cannot fork"):
        for moment in watch(run, "born", "still", "forked", "end"):
            if moment.name == "forked" and signed(moment.args[1]) <= 0:
                run.wrong(moment, expected=f"process number {moment.args[0]} to get a child's pid",
                          found=result_name(moment.args[1]), function="fork_process",
                          cause="a process that was itself forked, or forks again, gets no child")
            if moment.name in ("born", "still"):
                last[moment.cr3], roots[moment.args[0]] = moment.args[:3], moment.cr3
            if moment.cr3 in last:
                who, page, place = last[moment.cr3]
                has_id = int.from_bytes(moment.read(place, 8) or b"", "little") == who
                if not has_id or moment.read(page, PAGESIZE) != filled(page, who):
                    run.wrong(moment, expected=f"number {who} to have in its memory what it wrote",
                              found="another number's values", va=page, function=COPY,
                              cause="processes that are not parent and child share a page that may "
                              "be written")
    leaves = [roots.get(who) for who in range(8, 16)]
    if None in leaves or len(set(leaves)) < 8:
        run.wrong(None, expected="eight processes after three rounds of fork",
                  found=f"{len(set(leaves) - {None})}", function="fork_process",
                  cause="a process that was itself forked cannot fork")


def fork_slots(run):
    """Fork works until every slot of the process table is in use, and then says so."""
    roots, results, errors = {}, [], []
    with blame("fork_process",
               "with the last slots of the process table, fork does not just return E_AGAIN"):
        for moment in watch(run):
            if moment.name == "child":
                roots[moment.args[0]] = moment.cr3
            elif moment.name in ("forked", "again"):
                result = signed(moment.args[1 if moment.name == "forked" else 0])
                (results if result > 0 else errors).append(result)
    if len(set(results)) != len(results):
        run.wrong(moment, expected="each child to have a pid of its own", found=f"pids {results}",
                  function="fork_process", cause="`fork_process` takes a slot that is in use")
    unused = unused_pages(run, moment, moment.cr3, *roots.values())
    if len(results) < NPROC - 2 and set(errors) == {E_NOMEM} and len(unused) <= 2 * SPARE:
        return                                      # memory came to its end before the slots did
    if len(results) != NPROC - 2 or set(errors) != {E_AGAIN}:
        run.wrong(moment, expected=f"{NPROC - 2} children, and E_AGAIN from then on",
                  found=f"{len(results)} children, and "
                  f"{', '.join(result_name(each) for each in set(errors)) or 'no error'}",
                  function="fork_process", cause="`fork_process` does not find every free slot, "
                  "loses one, or returns another error than E_AGAIN")
    if len(set(roots.values())) != len(results):
        run.wrong(moment, expected=f"{len(results)} children that run",
                  found=f"{len(set(roots.values()))}", function="fork_process",
                  cause="a child is not runnable, or replaced another")


def fork_out_of_memory(run):
    """A fork for which there is no memory returns E_NOMEM, and the parent goes on."""
    cause = ("`copy` does not check whether it got a page, `fork_process` does not pass its error "
             "on, or `kalloc` hands out what is no memory")
    with blame(COPY, cause):
        for moment in watch(run, "forked", "end"):
            if moment.name == "forked" and signed(moment.args[0]) != E_NOMEM:
                run.wrong(moment,
                          expected="fork of a process that has most of memory to return E_NOMEM",
                          found=result_name(moment.args[0]), function=COPY, cause=cause)
            first, count = moment.args[:2] if moment.name == "end" else (0, 0)
            pages = user_pages(moment)
            for va in range(first, first + count * PAGESIZE, PAGESIZE):
                if va not in pages or not is_marked(moment, pages[va], 1):
                    run.wrong(moment, expected=f"the parent's page {va:#x} as it was",
                              found="it is not", va=va, function=COPY,
                              cause="`copy` takes pages from the parent when it fails")
