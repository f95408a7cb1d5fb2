"""short_checks.py - whether lab "faults" copes with little memory, and with the boot words that
switch its rooms off

What begins is compared with what it was begun from, however little memory is left; what fails
changes nothing.
"""
from memory import PTE_COW, PTE_W

from account_checks import agrees
from fault_moments import ERROR_MIN, PAGESIZE, number, page_of, part

NO_MEMORY = 2**64 - 12                  # E_NOMEM


def free_pages(moment):
    return moment.memory.variable("free_pages")         # `agrees` has compared it with page tables


def state_of(moment, cr3):
    """What must not change if nothing has happened: the process's pages, what its promises counted,
    and free pages (a page table that was added is no loss)."""
    pages = {va: (mapping.pa, mapping.executable, may_write(mapping))
             for va, mapping in moment.own(cr3).items()}
    faults = [each.faults for each in moment.memory.regions(moment.pid)]
    return pages, faults, free_pages(moment) + len(moment.tables(cr3))


def may_write(mapping):
    """Whether the process may write to a page, now or as soon as it has a copy."""
    return bool(mapping.entry & (PTE_W | PTE_COW))


def check_nothing_changed(run, moment, before, va, **blame):
    (old, counts, free), (pages, new_counts, new_free) = (state_of(each, moment.cr3)
                                                          for each in (before, moment))
    for each in sorted(old.keys() | pages.keys()):
        if old.get(each) != pages.get(each):
            run.wrong(moment, expected="nothing changed by what failed", found=f"the page at "
                      f"{each:#x} is another, or its permissions are", va=each, **blame)
    if new_counts != counts:
        run.wrong(moment, expected="nothing changed by what failed", found="a promise has counted "
                  "a fault that brought nothing", va=va, **blame)
    if new_free != free:
        run.wrong(moment, expected="as many free pages as before what failed", found="it is "
                  f"{abs(free - new_free)} {'fewer' if new_free < free else 'more'}", va=va,
                  **blame)


def judge_answer(run, asked, moment, **blame):
    """The answer to a system call that may lack memory: success, or E_NOMEM and nothing has
    changed."""
    va, result = moment.args[:2]
    agrees(run, moment, **blame)
    if result >= ERROR_MIN and result != NO_MEMORY:
        run.wrong(moment, expected="a system call that lacks memory to return E_NOMEM (-12)",
                  found=f"it returned {number(result)}", va=va, **blame)
    if result >= ERROR_MIN:
        check_nothing_changed(run, moment, asked, va, **blame)


def answers(run, **blame):
    """(moment before, moment) of each system call that may lack memory."""
    asked = None
    for moment in part(run, **blame):
        if moment.name == "asks":
            asked = moment
        if moment.name == "answered":
            judge_answer(run, asked, moment, **blame)
            yield asked, moment


def promises_without_memory(run):
    """Without memory for a promise, a call says E_NOMEM and nothing has changed; with a page left
    it works."""
    blame = {"function": "keep_promise", "cause": "(or `resolve_fault`) without memory the answer "
                                                  "is `out_of_memory`, "
             "and whatever was taken or counted on the way is as it was before"}
    failed = 0
    for _, moment in answers(run, **blame):
        va, result = moment.args[:2]
        failed += result >= ERROR_MIN
        mapping = moment.lookup(va)
        if result < ERROR_MIN and (not mapping or not mapping.writable):
            run.wrong(moment, expected="a call that says it has written to a page to have it",
                      found="the page is not "
                      "there", va=va, **blame)
    if failed < 2:
        run.wrong(None, expected="calls that find no memory to say so", found="they did not",
                  **blame)


def copies_without_memory(run):
    """Without memory for a copy, a call says E_NOMEM and the shared page is as it was; with a page
    left it works."""
    blame = {"function": "resolve_write", "cause": "(or `resolve_present`) without memory for the "
                                                   "copy nothing has "
             "changed, neither the entry nor a count, and the answer is `out_of_memory`"}
    failed = 0
    for before, moment in answers(run, **blame):
        va, result = moment.args[:2]
        failed += result >= ERROR_MIN
        was, now = before.lookup(va), moment.lookup(va)
        bits, bits_now = ((each.writable, each.entry & PTE_COW) for each in (was, now))
        if result >= ERROR_MIN and bits != bits_now:
            run.wrong(moment, expected="the shared page's entry as it was", found="it is another",
                      va=va, pa=now.pa, entry=now.entry, **blame)
        held, holds = (each.read(page_of(va), PAGESIZE) for each in (before, moment))
        if result >= ERROR_MIN and held != holds:
            run.wrong(moment, expected="the shared page as it was", found="it was written to",
                      va=va, **blame)
    if failed < 1:
        run.wrong(None, expected="a call that finds no memory to say so", found="it did not",
                  **blame)


def heap_comes_at_once(run):
    """With the boot word heap=eager the pages come at once, all or none, and nothing is
    promised."""
    blame = {"function": "extend_heap", "cause": "if `heap_is_eager` is true, all pages come at "
                                                 "once as before, or none "
             "if there are too few, and no region promises them as well"}
    asked = None
    for moment in part(run, 0, **blame):
        if moment.name == "survived":
            run.wrong(moment, expected="a page of the heap that was given back to be gone",
                      found="it came again when "
                      "it was touched", va=moment.args[0], **blame)
        if moment.name == "brought":
            base, count, result = moment.args[:3]
            missing = [va for va in range(base, base + count * PAGESIZE, PAGESIZE)
                       if not moment.lookup(va)]
            if result != base or missing:
                run.wrong(moment, expected=f"{count} pages from {base:#x} on, at once",
                          found=f"{len(missing)} of them "
                          "are not there", va=(missing or [base])[0], **blame)
            agrees(run, moment, **blame)
        if moment.name == "asks":
            asked = moment
        if moment.name == "answered":
            judge_answer(run, asked, moment, **blame)
            if moment.args[1] < ERROR_MIN:
                run.wrong(moment, expected="sys_sbrk to refuse more pages than there are",
                          found="it did not",
                          va=moment.args[0], **blame)


# However little memory is left

def programs_begin(run):
    """A program is begun with all that it needs, stack included, or the caller is told that there
    is no memory."""
    blame = {"function": "give_stack", "cause": "a stack begins with its uppermost page, which is "
                                                "brought, not only "
             "promised; if there is no memory for it, that is the answer"}
    before, begun = None, 0
    for moment in part(run, **blame):
        if moment.name == "begins":
            before = moment
        if moment.name != "ended":
            continue
        left, child, status = moment.args[:3]
        begun += child < ERROR_MIN
        if child >= ERROR_MIN and child != NO_MEMORY:
            run.wrong(moment, expected="sys_spawn to return E_NOMEM (-12) or a pid",
                      found=f"{number(child)}, with "
                      f"{left} pages left", **blame)
        if child < ERROR_MIN and status != 0:
            run.wrong(moment, expected="a program that was begun to run to its end",
                      found=f"with {left} pages left, "
                      f"sys_spawn returned the pid {child}, and the program was stopped (status "
                      f"{status})", **blame)
        agrees(run, moment, **blame)
        check_nothing_changed(run, moment, before, 0, **blame)
    if not begun:
        run.wrong(None, expected="a program that can be begun in the end", found="none", **blame)


FORK = {"function": "inherit_page", "cause": "the child has each page of its parent, or fork fails "
                                             "and nothing has "
        "changed"}
FORK_COPY = {"function": "inherit_page", "cause": "if `fork_copies` is true, a page that may be "
                                                  "written is copied by "
             "fork, or fork fails for lack of memory; what nobody may write to is shared as ever"}
FORK_TABLES = {"function": "share_tables", "cause": "(or `inherit_page`) the child has each page "
                                                    "table of its parent, "
               "or fork fails and nothing has changed"}
FORK_NO_TABLES = {"function": "share_tables", "cause": "nothing is shared if `fork_copies` is true"}


def compare_child(run, child, parent, copies, blame):
    """A child that was just born has what its parent had, each page."""
    theirs, stack = parent.own(), page_of(child.registers["rsp"])
    mine = child.own()
    for va in sorted(theirs.keys() | mine.keys()):
        old, new = theirs.get(va), mine.get(va)
        is_same = va == stack or child.read(va, PAGESIZE) == parent.read(va, PAGESIZE)
        if not old or not new or not is_same:
            found = "it has one" if new else "it has none"
            found = "it holds something else" if old and new else found
            run.wrong(child, expected=f"the child's page at {va:#x} to be as its parent's, or no "
                      "child", found=f"with "
                      f"{child.args[0]} pages left, {found}", va=va, **blame)
        if copies and may_write(old) == (old.pa == new.pa):
            run.wrong(child, expected="fork to copy just the pages that may be written",
                      found=f"it "
                      f"{'shares' if may_write(old) else 'copies'} the page at {va:#x}", va=va,
                      pa=new.pa, entry=new.entry,
                      **blame)


def children_begin(run):
    """However little memory is left: a child has all that its parent has, or fork says that there
    is no memory."""
    words = str(run.scenario.get("words", "")).split()
    copies, is_big = "fork=copy" in words, "machine=big" in words
    blame = FORK_TABLES if is_big else FORK
    before, born, count = None, None, 0
    for moment in part(run, **(FORK_COPY if copies else blame)):
        if moment.name == "forks":
            before, born = moment, None
        if moment.name == "born":
            born, count = moment, count + 1
            tables = {pa for pa, *_ in before.tables()} & {pa for pa, *_ in moment.tables()}
            if copies and tables:
                run.wrong(moment, expected="page tables of the child's own", found="one is its "
                          "parent's, too: "
                          f"{min(tables):#x}", pa=min(tables), **FORK_NO_TABLES)
            compare_child(run, moment, before, copies, FORK_COPY if copies else blame)
            agrees(run, moment, **(FORK_COPY if copies else blame))
        if moment.name != "forked":
            continue
        left, result = moment.args[:2]
        if result >= ERROR_MIN and result != NO_MEMORY or result < ERROR_MIN and not born:
            run.wrong(moment, expected="fork to begin a child or to return E_NOMEM (-12)",
                      found=f"with {left} pages left it returned {number(result)}" + (
                          "" if result >= ERROR_MIN
                          else ", and the child never came to its first instructions"),
                      **blame)
        agrees(run, moment, **(FORK_COPY if copies else blame))
        if result >= ERROR_MIN:
            check_nothing_changed(run, moment, before, 0, **(FORK_COPY if copies else blame))
    if not count:
        run.wrong(None, expected="fork to work when there is memory enough", found="no child in "
                  "all these tries",
                  **(FORK_COPY if copies else blame))
