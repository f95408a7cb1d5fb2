"""fork_checks.py - what has to be true in step fork; see checks.py"""
from grading.run import Wrong
from memory import MEMSIZE_VIRTUAL, PAGESIZE

from looking import (
    CONSTRUCTOR, COPY, E_AGAIN, E_NOMEM, LEVELS, NPROC, SPARE, blame, difference, filled, first_difference, is_marked,
    low_pages, numbers, owner_of, program_pages, result_name, shared_table, signed, unused_pages, user_pages, watch)

REGISTERS = "rbx rdx rsi rdi rbp r8 r9 r10 r12 r13 r14 r15 rsp rflags".split()


# Step 5: fork

class Family:
    """The moments of check-fork: `before` the fork; `child` and `parent`, the first of each afterwards; `named`, the
    last of each name; `end`."""

    def __init__(self, run):
        self.named, self.before, self.child, self.parent = {}, None, None, None
        with blame("fork_process", "the child is not a runnable process with the parent's registers, or `copy` did not "
                   "give it all of the parent's memory, and it faulted"):
            try:
                for moment in watch(run):
                    self.take(moment)
            except Wrong as wrong:
                self.tell_of_parent(wrong)
                raise
        if not self.child:
            result = self.parent.args[0] if self.parent else 0
            faulted = "\nfault pid=" in run.log()   # this explains; that nobody came to run decides
            run.wrong(self.parent, expected="fork to make a second process that goes on where the first one does",
                      found=f"nobody else came to run; fork returned {result_name(result)} to the parent",
                      function=COPY if faulted else "fork_process",
                      cause="the child faulted at once: `copy` left out its stack or its program, or `fork_process` "
                      "did not give it the parent's registers" if faulted else "`fork_process` makes no child, or one "
                      "that is never runnable; or `copy` fails")

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
                            cause="`copy` changes the pages that it copies from: `copy_page` takes the "
                            "new page first, and then the old one") from None

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
    """The gate of the step: fork makes a second process, with a page table of its own, that goes on there, too."""
    Family(run)


def child_result(run):
    """Fork returns the child's pid to the parent, and 0 to the child."""
    family = Family(run)
    result, childs = signed(family.parent.args[0]) if family.parent else 0, signed(family.child.args[0])
    if not 1 < result < NPROC:
        run.wrong(family.parent, expected="fork to return the child's pid to the parent", found=f"it returned {result}",
                  function="fork_process", cause="`fork_process` returns something else than the child's pid")
    if childs != 0:
        run.wrong(family.child, expected="fork to return 0 to the child", found=f"it returned {childs}", process=result,
                  function="fork_process", cause="the child's saved rax (`regs->reg_rax`) is not set to 0")


def registers_copied(run):
    """The child begins with all of the parent's registers but rax; those of the parent stay as they were."""
    family = Family(run)
    for who, moment in (("child", family.child), ("parent", family.parent)):
        before, after = (numbers(moment.read(address, 8 * len(REGISTERS)) or bytes(8 * len(REGISTERS)))
                         for address in moment.args[1:3])
        for name, expected, found in zip(REGISTERS, before, after):
            if name == "rflags":
                expected, found = expected & 0xFD5, found & 0xFD5
            if expected != found:
                run.wrong(moment, expected=f"the {who}'s {name} to be what it was before the fork, {expected:#x}",
                          found=f"{found:#x}", function="fork_process",
                          cause="the child's `regs` are not a copy of the parent's" if who == "child" else
                          "`fork_process` changes the parent's registers")
    for name in ("fs", "gs"):
        expected, found = (moment.registers.get(name) for moment in (family.before, family.child))
        if expected != found:
            run.wrong(family.child, expected=f"the child's {name} to be the parent's, {expected:#x}",
                      found=f"{found:#x}", function="fork_process", cause="the parent's selectors are "
                      "not in its saved registers yet when these are copied (`save_selectors`)")


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
                  found=f"its parent is {found}", function="fork_process", cause="`begin_process` is "
                  "told whose child it is")


def child_pages_owned(run):
    """What a child has alone belongs to it."""
    family = Family(run)
    for va, each in user_pages(family.child).items():
        owner = owner_of(family.child, each.pa)
        if each.writable and family.child.pid and owner != family.child.pid:
            run.wrong(family.child, expected=f"the child's page at {va:#x} to belong to process "
                      f"{family.child.pid}", found=f"owner {owner} in `pageinfo`", va=va, pa=each.pa,
                      entry=each.entry, function=COPY, cause="a new page is taken for the process "
                      "that will have it: `kalloc` is told its number")


def _copied(run, what, places, function, cause):
    """At the child's first moment, the pages at `places(family)` hold what the parent's did at the fork."""
    family = Family(run)
    for va in places(family):
        mine, its = family.before.read(va, PAGESIZE), family.child.read(va, PAGESIZE)
        offset = None if its is None else first_difference(mine, its)
        if its is None or offset is not None:
            each = family.child.lookup(va)
            run.wrong(family.child, expected=f"the child to have the parent's {what} at {va:#x}",
                      found="no page there" if its is None else f"another value at {va + offset:#x}", va=va,
                      pa=each and each.pa, entry=each and each.entry, function=function, cause=cause)
    return family


def program_copied(run):
    """The child has the parent's program and variables."""
    _copied(run, "program", lambda family: program_pages(run, family.before.program), COPY,
            "`copy` begins too late (the first page is at PROC_START_ADDR), or takes pages from the program's image "
            "instead of the parent's memory")


def heap_copied(run):
    """The child has every page that the parent asked for, and no more."""
    family = _copied(run, "page", Family.heap, COPY, "`copy` leaves pages out: those behind a hole, behind the first "
                     "2 MiB or the last ones, or copies them to another place")
    extra = user_pages(family.child).keys() - user_pages(family.before).keys()
    if extra:
        run.wrong(family.child, expected="the child to have pages only where the parent has",
                  found=f"there is one at {min(extra):#x}", va=min(extra), function=COPY,
                  cause="`copy` maps a page for each address, whether the parent has one there or not")


def stack_copied(run):
    """The child has the parent's stack."""
    family = Family(run)
    address, size = family.buffer()
    mine, its = family.before.read(address, size), family.child.read(address, size)
    if mine != its:
        run.wrong(family.child, expected=f"the child to have what lies on the parent's stack at {address:#x}",
                  found="nothing is mapped there" if its is None else "something else", va=address, function=COPY,
                  cause="`copy` does not come to the last page, which ends at MEMSIZE_VIRTUAL, or the child gets a new "
                        "stack")


def _apart(run, what, places, cause):
    """No page at `places(family)` is writable for one process and also the other's."""
    family = Family(run)
    theirs = {each.pa: each for each in user_pages(family.child, family.before.cr3).values()}
    for va in places(family):
        each = family.child.lookup(va)
        same = each and theirs.get(each.pa)
        if same and (same.writable or each.writable):
            run.wrong(family.child, expected=f"parent and child to have pages of their own for the {what} at {va:#x}",
                      found=f"physical page {each.pa:#x} is also the parent's, at {same.va:#x}", va=va, pa=each.pa,
                      entry=each.entry, function=COPY, cause=cause)


def variables_apart(run):
    """What one of them writes to a variable, the other does not see."""
    _apart(run, "variables", lambda family: program_pages(run, family.before.program, writable=True),
           "`copy` maps the parent's writable pages in the child: it must copy their contents to new ones")


def heap_apart(run):
    """The same for pages that the process asked for."""
    _apart(run, "page", Family.heap,
           "`copy` maps the parent's writable pages in the child: it must copy their contents to new ones")


def stack_apart(run):
    """The same for the stack."""
    _apart(run, "stack", lambda family: [MEMSIZE_VIRTUAL - PAGESIZE],
           "the child's stack is the parent's page: `copy` must treat it like any other page that may be written")


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
                run.wrong(moment, expected=f"the parent's page at {va:#x} to be as it was before the fork",
                          found="it is gone" if va not in after else "it holds something else" if va in before
                          else "it is new", va=va, function=COPY,
                          cause="`copy` changes the page table or the pages that it copies from, or the child writes "
                          "to them")


def permissions_copied(run):
    """What the parent may do with a page, the child may, too, and no more."""
    family = Family(run)
    child = user_pages(family.child)
    for va, mine in user_pages(family.before).items():
        its = child.get(va)
        if its and (its.writable, its.executable) != (mine.writable, mine.executable):
            run.wrong(family.child, expected=f"the child's page at {va:#x} to have the parent's permissions",
                      found=f"it is {'writable' if its.writable else 'read-only'}"
                      f"{' and executable' if its.executable else ''}", va=va, pa=its.pa, entry=its.entry,
                      function=COPY, cause="`copy` gives all pages the same permissions instead of those they have")


def kernel_in_child(run):
    """The kernel's part of the child's page table is like the parent's."""
    family = Family(run)
    mine, its = ({each.va: (each.pa, each.user, each.writable) for each in low_pages(family.child, cr3)}
                 for cr3 in (family.before.cr3, None))
    va = difference(mine, its)
    if va is not None:
        run.wrong(family.child, expected=f"the kernel's part of the child's page table to be the parent's, at {va:#x}",
                  found=f"{its.get(va, 'no page')} instead of {mine.get(va, 'no page')}", va=va, function=CONSTRUCTOR,
                  cause="the child's page table was not made by the constructor, or `copy` goes below PROC_START_ADDR")


def child_tables_apart(run):
    """Parent and child have no page-table page in common."""
    family = Family(run)
    common = shared_table(family.child, family.before.cr3, family.child.cr3)
    if common:
        run.wrong(family.child, expected="no page-table page in both page tables",
                  found=f"the {LEVELS[common[1]]} at {common[0]:#x} is", pa=common[0], function=COPY,
                  cause="`copy` copies entries of the upper levels: what one process maps later appears in the other")


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
                              cause="processes that are not parent and child share a page that may be written")
    leaves = [roots.get(who) for who in range(8, 16)]
    if None in leaves or len(set(leaves)) < 8:
        run.wrong(None, expected="eight processes after three rounds of fork", found=f"{len(set(leaves) - {None})}",
                  function="fork_process", cause="a process that was itself forked cannot fork")


def heap_end_copied(run):
    """The heap of a child ends where its parent's does."""
    first = None
    for moment in watch(run, "born", "end"):
        if moment.name == "born" and moment.args[3] != (first := first or moment.args[3]):
            run.wrong(moment, expected=f"sys_sbrk(0) to say {first:#x} in a child, as in its parent",
                      found=f"{moment.args[3]:#x}", function=COPY, cause="`copy` does not copy the regions of `from`, "
                      "which say where the heap begins and ends")


def fork_slots(run):
    """Fork works until every slot of the process table is in use, and then says so."""
    roots, results, errors = {}, [], []
    with blame("fork_process", "with the last slots of the process table, fork does not just return E_AGAIN"):
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
                  function="fork_process", cause="`fork_process` does not find every free slot, loses one, or returns "
                                                 "another error than E_AGAIN")
    if len(set(roots.values())) != len(results):
        run.wrong(moment, expected=f"{len(results)} children that run", found=f"{len(set(roots.values()))}",
                  function="fork_process", cause="a child is not runnable, or replaced another")


def fork_out_of_memory(run):
    """A fork for which there is no memory returns E_NOMEM, and the parent goes on."""
    cause = ("`copy` does not check whether it got a page, `fork_process` does not pass its error on, or `kalloc` "
             "hands out what is no memory")
    with blame(COPY, cause):
        for moment in watch(run, "forked", "end"):
            if moment.name == "forked" and signed(moment.args[0]) != E_NOMEM:
                run.wrong(moment, expected="fork of a process that has most of memory to return E_NOMEM",
                          found=result_name(moment.args[0]), function=COPY, cause=cause)
            first, count = moment.args[:2] if moment.name == "end" else (0, 0)
            pages = user_pages(moment)
            for va in range(first, first + count * PAGESIZE, PAGESIZE):
                if va not in pages or not is_marked(moment, pages[va], 1):
                    run.wrong(moment, expected=f"the parent's page {va:#x} as it was", found="it is not", va=va,
                              function=COPY, cause="`copy` takes pages from the parent when it fails")
