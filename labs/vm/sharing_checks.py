"""sharing_checks.py - what has to be true in step sharing; see checks.py"""
from memory import PAGESIZE

from freeing_checks import expect_no_double_use
from looking import (ADD_PAGE, COPY, DESTRUCTOR, E_NOMEM, blame, pairs, program_pages, result_name,
                     segments, shared_writable, signed, used_pages, watch)


def _family(run, *names):
    """Moments of check-share."""
    with blame("end_process", "when a process of the family exits, `end_process` lets it go on, or "
               "`~new_address_space` or `kfree` takes away what another one uses; or `copy` did "
               "not count it"):
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
            found = {number: moment.lookup(va, spaces[number]) for number in numbers_wanted
                     if number in spaces}
            places = {each and each.pa for each in found.values()}
            if len(places) > 1 or len(found) < len(numbers_wanted):
                pages = ", ".join(f"{each.pa:#x}" if each else "none" for each in found.values())
                run.wrong(moment, expected=f"processes {numbers_wanted} of the family to share the "
                          f"page at {va:#x}, which none of them can write to",
                          found=f"physical pages {pages}", va=va, function=COPY,
                          cause="`copy` copies pages that nobody can write to: it should map the "
                          "same page, and count it (`share_page`)")
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
                          found=f"physical page {each.pa:#x} is at {mine.va:#x} and {each.va:#x}",
                          va=each.va, pa=each.pa, entry=each.entry, function=COPY,
                          cause="`copy` shares a page that may be written")


def shared_not_writable(run):
    """A process that tries to write to what it shares is stopped, and the others keep it."""
    for moment in watch(run, "survived", "end"):
        if moment.name == "survived":
            each = moment.lookup(moment.args[1])
            run.wrong(moment,
                      expected="a process that writes to its text or constants to be stopped",
                      found=f"it could write to {moment.args[1]:#x}", va=moment.args[1],
                      pa=each and each.pa, entry=each and each.entry, function=COPY,
                      cause="`copy` gives the shared page PTE_W in the child")


def still_there(run):
    """In whatever order a family's processes exit, those that stay keep what they shared."""
    cause = ("the shared page was given up when somebody else exited: `copy` does not count it "
             "once for each process that maps it (`share_page`), the destructor, "
             "`~new_address_space`, gives it up twice, or `kfree` frees it whatever its reference "
             "count")
    with blame(COPY, cause):
        for moment in watch(run):
            for start, end, flags, contents in segments(run, moment.program):
                for va in range(start, end, PAGESIZE) if not flags & 2 else ():
                    data = moment.read(va, PAGESIZE)
                    expected = contents[va - start:va - start + PAGESIZE]
                    if data != expected and (data is None or moment.name != "took"):
                        run.wrong(moment, expected=f"the text or constants at {va:#x} as they were",
                                  found="they are gone" if data is None else "something else",
                                  va=va, function=COPY, cause=cause)
            expect_no_double_use(run, moment, cause)


def shared_freed(run):
    """A shared page that nobody uses any more can be had again."""
    alone = None
    for moment in _family(run, "alone", "took", "end"):
        if moment.name == "alone":
            alone = moment
        elif moment.name == "took":
            each = alone.lookup(alone.args[1])
            if each and each.pa // PAGESIZE not in used_pages(moment, moment.cr3):
                run.wrong(moment, expected=f"page {each.pa:#x}, which five processes shared, to be "
                          "free once none has it",
                          found="nobody could get it when all memory was taken", va=each.va,
                          pa=each.pa, function=DESTRUCTOR, cause="the page was counted more often "
                          "than it was given up: `copy` counts it twice, or the destructor or "
                          "`add_page` does not give up shared pages, or `kfree` keeps the last "
                          "reference")


def replaced_shared_page(run):
    """A process that replaces a shared page gets its own, and the others keep theirs."""
    child = None
    for moment in watch(run, "child", "replaced", "end"):
        if moment.name == "child":
            child = moment
        elif moment.name == "replaced":
            va, mine = moment.args[0], child.lookup(moment.args[0])
            each = moment.lookup(va)
            is_shared = bool(each and mine and each.pa == mine.pa)
            if signed(moment.args[1]) != 0 or not each or not each.writable or is_shared:
                found = result_name(moment.args[1]) + ", and the shared page" * is_shared
                run.wrong(moment, expected=f"a new page, that the process can write to, at {va:#x}",
                          found=found, va=va, function=ADD_PAGE,
                          cause="`add_page` keeps the page that was there")
        elif moment.read(moment.args[0], PAGESIZE) != bytes(PAGESIZE):
            run.wrong(moment,
                      expected=f"the parent's constants at {moment.args[0]:#x} as they were",
                      found="they are not", va=moment.args[0], function=ADD_PAGE,
                      cause="`add_page` clears or gives up a page that others share")


def shared_page_without_memory(run):
    """With no memory left, a shared page is replaced for one process, or stays as it is for
    both."""
    cause = "`add_page` gives up the old page, or its mapping, before it is sure of the new one"
    with blame(ADD_PAGE, cause):
        for moment in watch(run, "asked", "gone"):
            va, result, own = moment.args[0], signed(moment.args[1]), moment.own()
            data, kept = moment.read(va, PAGESIZE), bytes([1, 2, 3]) + bytes(PAGESIZE - 3)
            if result not in (0, E_NOMEM) or data != (bytes(PAGESIZE) if result == 0 else kept):
                run.wrong(moment, expected="E_NOMEM and the page as it was, or 0 and a new one",
                          found=f"{result_name(moment.args[1])} and "
                          + ("no page" if data is None else "another one"), va=va,
                          function=ADD_PAGE, cause=cause)
            twice = [each.va for each in own.values() if each.pa == own[va].pa and each.va != va]
            if twice:
                run.wrong(moment, expected=f"the page at {va:#x} to be no other page, too",
                          found=f"it is also the one at {twice[0]:#x}: it was free while it was "
                          "mapped", va=va, pa=own[va].pa, function=ADD_PAGE, cause=cause)
