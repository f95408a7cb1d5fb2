"""page_checks.py - what has to be true in steps pages and overlap; see checks.py"""
from memory import MEMSIZE_VIRTUAL, PAGESIZE

from looking import (ADD_PAGE, E_INVAL, E_NOMEM, PAGE_ALLOC, SPARE, blame, difference, filled,
                     four_spaces, is_marked, layout, pairs, result_name, signed, table_pages,
                     unused_pages, user_pages, watch)


# Step 3: virtual page allocation

def any_address(run):
    """The gate of the step: whatever virtual address a process asks for gets a page that it can
    use."""
    with blame(ADD_PAGE, "the process got a page that it cannot use, or none: `add_page` does not "
               "map it at `va`, or `page_alloc` asks for other permissions than PTE_P, PTE_W and "
               "PTE_U"):
        places = dict(_usable_places(run))
    if all(va == pa for va, pa in places.items()):
        run.wrong(None, expected="physical pages that were free, of any address",
                  found="each page has the physical address that was asked for as a virtual one",
                  function=ADD_PAGE,
                  cause="`add_page` still takes the physical page of the same address")


def _usable_places(run):
    """(va, pa) of each page that was asked for; it is wrong if the process cannot use it."""
    for moment in watch(run, "allocated"):
        va, result = moment.args[0], signed(moment.args[1])
        each = moment.lookup(va)
        if result != 0 or not each or not each.user or not each.writable:
            found = (f"sys_page_alloc returned {result_name(moment.args[1])}" if result
                     else "nothing is mapped there" if not each else "the page is not "
                     "user-accessible" if not each.user else "it is not writable")
            if result == E_INVAL:
                run.wrong(moment, expected=f"a page that the process can use at {va:#x}",
                          found=found, va=va, function=PAGE_ALLOC,
                          cause="`page_alloc` refuses an address that is the process's: all from "
                          "PROC_START_ADDR to below MEMSIZE_VIRTUAL are")
            run.wrong(moment, expected=f"a page that the process can use at {va:#x}", found=found,
                      va=va, pa=each and each.pa, entry=each and each.entry, function=ADD_PAGE,
                      cause="`add_page` still takes the physical page of the same address, or does "
                      "not map the page where, and with the permissions, it was asked to (or "
                      "`page_alloc` asks for too few)")
        yield va, each.pa


def pages_zeroed(run):
    """A new page is all zeros, whatever its memory held before."""
    for moment in watch(run, "allocated", "end"):
        va, each = moment.args[0], moment.lookup(moment.args[0])
        if moment.name == "allocated" and each and any(moment.physical(each.pa)):
            run.wrong(moment, expected=f"the new page at {va:#x} to hold zeros",
                      found="it holds what was there before", va=va, pa=each.pa, entry=each.entry,
                      function=ADD_PAGE, cause="`add_page` does not clear the page, or not all of "
                      "it: a process could read what another left")


def pages_distinct(run):
    """Each of a process's pages has a physical page of its own, from memory that is for
    processes."""
    pages = set(run.memory_pages)
    for moment in watch(run):
        seen, tables = {}, table_pages(moment)
        for each in user_pages(moment).values():
            problem = ("not memory for processes" if each.pa // PAGESIZE not in pages else
                       "a page-table page" if each.pa in tables else
                       f"also the page at {seen[each.pa]:#x}" if each.pa in seen else None)
            if problem:
                run.wrong(moment, expected=f"a free physical page for {each.va:#x}",
                          found=f"physical page {each.pa:#x} is {problem}", va=each.va, pa=each.pa,
                          entry=each.entry, function="kalloc",
                          cause="`kalloc` gives out a page that is in use or reserved: it must "
                          "take one with reference count 0 and count it as used at once")
            seen[each.pa] = each.va


def pages_kept(run):
    """What was written to each page is there at the end."""
    for moment in watch(run, "filled", "end"):
        if moment.name == "end":
            continue
        first, count, who = moment.args[:3]
        for slot in range(count):
            va = int.from_bytes(moment.read(first + 8 * slot, 8), "little")
            if moment.read(va, PAGESIZE) != filled(va, who):
                each = moment.lookup(va)
                run.wrong(moment, expected=f"the page at {va:#x} to hold what the process wrote",
                          found="it does not", va=va, pa=each and each.pa,
                          entry=each and each.entry, function=ADD_PAGE,
                          cause="a later allocation took or moved this page: `add_page` changes "
                          "another mapping than the one at `va`")


def replaced_page(run):
    """A page put where there is one takes its place, and no other page changes."""
    before = None
    for moment in watch(run, "filled", "allocated", "replaced", "end"):
        if moment.name == "replaced":
            va, each = moment.args[0], moment.lookup(moment.args[0])
            data = moment.read(va, PAGESIZE)
            if signed(moment.args[1]) != 0 or data is None or any(data):
                found = (f"sys_page_alloc returned {result_name(moment.args[1])}"
                         if signed(moment.args[1]) else "nothing is mapped there" if data is None
                         else f"{sum(map(bool, data))} bytes of it are not zero")
                run.wrong(moment,
                          expected=f"a new page of zeros in the place of the one at {va:#x}",
                          found=found, va=va, pa=each and each.pa, entry=each and each.entry,
                          function=ADD_PAGE, cause="`add_page` refuses, keeps or does not clear "
                          "the page where one is already")
            mine, others = layout(moment), layout(before)
            mine.pop(va, None), others.pop(va, None)
            if (changed := difference(others, mine)) is not None:
                run.wrong(moment, expected=f"no page but that at {va:#x} to change",
                          found=f"{changed:#x} changed", va=changed, function=ADD_PAGE,
                          cause="`add_page` maps or frees more than the page at `va`")
        before = moment


def same_address(run):
    """Several processes have different pages at the same address."""
    heaps, grown = {}, 0
    for moment, spaces in four_spaces(run):
        if moment.name == "grown":
            heaps[moment.program], grown = moment.args[:3], grown + 1
        if len(heaps) == 4 and grown > 6:
            return                      # the rest, when memory runs out, is another check's
        pages = {who: user_pages(moment, cr3) for who, cr3 in spaces.items()}
        for who, (quarter, first, end) in heaps.items():
            for va in range(first, end, PAGESIZE):
                each = pages[who].get(va)
                others = [name for name, theirs in pages.items()
                          if name != who and each and va in theirs and theirs[va].pa == each.pa]
                if others or not each or not is_marked(moment, each, quarter + 1):
                    run.wrong(moment, expected=f"{who} to have a page of its own at {va:#x}",
                              found=f"it is also {others[0]}'s" if others
                              else "it does not hold what was written", process=quarter + 1, va=va,
                              pa=each and each.pa, entry=each and each.entry, function=ADD_PAGE,
                              cause="`add_page` chooses the physical page by the address, or "
                              "`kalloc` gives one page to two processes")


def all_memory(run):
    """Nearly all memory that processes can have can be had."""
    for moment in watch(run, "full", "end"):
        if moment.name == "full":
            unused = unused_pages(run, moment, moment.cr3)
            if len(unused) > SPARE:
                run.wrong(moment, expected="one process to get nearly all of "
                          f"{len(run.memory_pages)} pages", found=f"{len(unused)} pages were never "
                          f"used, among them {unused[0]:#x} and {unused[-1]:#x}", pa=unused[0],
                          function="kalloc", cause="`kalloc` does not look at all pages: memory "
                          "below the kernel and from PROC_START_ADDR on is free, too (or "
                          "`add_page` takes pages that it does not use)")
            return


def out_of_memory(run):
    """When there is no memory left, a call says so, and changes nothing."""
    before = None
    cause = ("`add_page` does not check whether `kalloc` returned a null pointer, or returns "
             "another error")
    with blame(ADD_PAGE, cause):
        for moment in watch(run, "full", "before", "refused", "end"):
            if moment.name in ("full", "refused"):
                va, result = moment.args[-3:-1] if moment.name == "full" else moment.args[:2]
                if signed(result) != E_NOMEM:
                    run.wrong(moment,
                              expected="sys_page_alloc to return E_NOMEM when no memory is left",
                              found=f"it returned {result_name(result)}", va=va, function=ADD_PAGE,
                              cause=cause)
            changed = difference(layout(before or moment), layout(moment))
            if moment.name == "refused" and changed is not None:
                run.wrong(moment,
                          expected="sys_page_alloc to change nothing when it returns E_NOMEM",
                          found=f"the mapping of {changed:#x} changed", va=changed,
                          function=ADD_PAGE,
                          cause="`add_page` changes the page table before it is sure of the page")
            before = moment


# Step 4: overlapping address spaces

def stack_at_end(run):
    """The gate of the step: each process's stack ends where its addresses do."""
    with blame("start_process",
               "`start_process` puts the stack's page, or where `rsp` points, elsewhere"):
        for moment in watch(run, "begin"):
            rsp, last = moment.registers["rsp"], MEMSIZE_VIRTUAL - PAGESIZE
            each = moment.lookup(last)
            is_there = last < rsp <= MEMSIZE_VIRTUAL and rsp >= MEMSIZE_VIRTUAL - 512
            if not is_there or not each or not each.user:
                run.wrong(moment, expected=f"{moment.program}'s stack at the end of the address "
                          f"space, {MEMSIZE_VIRTUAL:#x}",
                          found=f"rsp = {rsp:#x}" + ("" if each else f", and no page at {last:#x}"),
                          va=last, function="start_process", cause="`start_process` still places "
                          "the stack by the process's pid: with page tables of their own, all "
                          "stacks can end at MEMSIZE_VIRTUAL")


def stacks_apart(run):
    """At that same address, each process has another page."""
    for moment, spaces in four_spaces(run):
        last = MEMSIZE_VIRTUAL - PAGESIZE
        stacks = {who: each for who, cr3 in spaces.items() if (each := moment.lookup(last, cr3))}
        for (one, mine), (other, its) in pairs(stacks):
            if mine.pa == its.pa:
                run.wrong(moment, expected=f"{one} and {other} to have different physical pages "
                          "for their stacks", found=f"both have {mine.pa:#x}", va=mine.va,
                          pa=mine.pa, entry=mine.entry, function="start_process",
                          cause="the stack's page is not a new one for each process")


def stack_kept(run):
    """What a process has on its stack stays there while the others use theirs."""
    kept = {}
    with blame("start_process",
               "the stack's page is missing, not writable, or somebody else's, too"):
        for moment, spaces in four_spaces(run):
            kept.pop(moment.program, None)
            for who, (quarter, address, value, _) in kept.items():
                data = moment.read(address, 8, spaces[who])
                if data != value.to_bytes(8, "little"):
                    run.wrong(moment, expected=f"{who}'s stack to hold {value:#x} at {address:#x}",
                              found="it is not mapped" if data is None
                              else f"{int.from_bytes(data, 'little'):#x}", process=quarter + 1,
                              va=address, function="start_process",
                              cause="two processes have the same page for their stacks, or the "
                              "page is given out again")
            if moment.name == "stack":
                kept[moment.program] = moment.args


def four_fill_memory(run):
    """Four processes take all memory together, are told when there is none left, and nobody
    dies."""
    with blame("kalloc",
               "with four processes at once, memory runs out in another place than with one"):
        for moment, spaces in four_spaces(run):
            if moment.name == "refused" and signed(moment.args[2]) != E_NOMEM:
                run.wrong(moment, expected="E_NOMEM when no memory is left",
                          found=result_name(moment.args[2]), va=moment.args[1], function=ADD_PAGE,
                          cause="`add_page` fails for another reason")
            if moment.name == "end":
                unused = unused_pages(run, moment, *spaces.values())
                if len(unused) > SPARE:
                    run.wrong(moment, expected="four processes to use nearly all memory together",
                              found=f"{len(unused)} pages were never used, such as {unused[0]:#x}",
                              pa=unused[0], function="kalloc",
                              cause="`kalloc` keeps pages from some processes; or pages get lost, "
                              "in `start_process` for instance; or `page_alloc` refuses what "
                              "another process has")
