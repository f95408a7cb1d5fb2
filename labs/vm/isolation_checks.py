"""isolation_checks.py - what has to be true in step isolation; see checks.py"""
from memory import CONSOLE_ADDR, PROC_START_ADDR

from looking import (E_INVAL, PAGE_ALLOC, blame, difference, layout, low_pages, place, result_name,
                     signed, watch)

DEVICES_ADDR = 0xA0000


def isolation_begun(run):
    """The gate of the step: a process may not use everything that the kernel may."""
    for moment in watch(run):
        low = low_pages(moment)
        if low and all(each.user for each in low):
            run.wrong(moment, expected="the kernel's part of the page table not to be the "
                      "process's as well",
                      found=f"all {len(low)} pages below PROC_START_ADDR are user-accessible",
                      va=low[0].va, entry=low[0].entry, function="map_kernel",
                      cause="`map_kernel` still gives every page PTE_U: step isolation has not "
                      "begun")


def _unreachable(run, first, last, cause):
    for moment in watch(run):
        for each in low_pages(moment):
            if each.user and first <= each.va <= last and each.va != CONSOLE_ADDR:
                run.wrong(moment, expected=f"no page of {place(each.va)} that a process can use",
                          found=f"page {each.va:#x} is user-accessible", va=each.va, pa=each.pa,
                          entry=each.entry, function="map_kernel", cause=cause)


def kernel_unreachable(run):
    """No memory below the devices is user-accessible, neither the kernel's nor what lies before
    it."""
    _unreachable(run, 0, DEVICES_ADDR - 1, "`map_kernel` gives PTE_U to more than the screen's "
                 "page: the kernel's memory must be mapped with PTE_P, and PTE_W where the kernel "
                 "writes, but without PTE_U")


def devices_unreachable(run):
    """Of the devices, processes can use the screen's page and nothing else."""
    _unreachable(run, DEVICES_ADDR, PROC_START_ADDR - 1, "`map_kernel` gives PTE_U to pages around "
                 "the screen's: it is exactly one page, CONSOLE_ADDR")


def screen_reachable(run):
    """The screen's page is there for every process, to be written."""
    for moment in watch(run):
        screen = moment.lookup(CONSOLE_ADDR)
        if not screen or not screen.user or not screen.writable or screen.pa != CONSOLE_ADDR:
            found = ("not mapped" if not screen else f"mapped to {screen.pa:#x}"
                     if screen.pa != CONSOLE_ADDR else "not user-accessible" if not screen.user
                     else "not writable")
            run.wrong(moment,
                      expected="the screen's page at CONSOLE_ADDR, user-accessible and writable",
                      found=f"it is {found}", va=CONSOLE_ADDR, entry=screen.entry if screen else 0,
                      function="map_kernel", cause="`map_kernel` treats the screen's page like the "
                      "kernel's memory (every level of the page table must permit the access)")


def kernel_mapped(run):
    """The kernel finds itself in every process's page table, each page at its own address."""
    symbols = run.kernel.symbols
    own = symbols["kernel_pagetable"]
    for moment in watch(run):
        have = {each.va: each for each in low_pages(moment)}
        for each in low_pages(moment, own):
            found = have.get(each.va)
            is_image = symbols["_kernel_start"] <= each.va < symbols["_kernel_end"]
            if is_image and not found:
                run.wrong(moment, expected="all of the kernel's memory in a process's page table, "
                          "as the kernel has it",
                          found=f"page {each.va:#x} of the kernel is not mapped", va=each.va,
                          function="map_kernel", cause="`map_kernel` leaves out part of the "
                          "kernel, or stops too early: an interrupt there would find no handler, "
                          "no table or no stack")
            if found and found.pa != each.pa:
                run.wrong(moment,
                          expected="the kernel's memory at its own addresses (physical = virtual)",
                          found=f"page {each.va:#x} is mapped to {found.pa:#x}", va=each.va,
                          pa=found.pa, entry=found.entry, function="map_kernel",
                          cause="`map_kernel` maps to the wrong physical page")


def page_zero_unmapped(run):
    """A null pointer points to nothing."""
    for moment in watch(run):
        if zero := moment.lookup(0):
            run.wrong(moment, expected="page 0 not to be mapped",
                      found=f"it is mapped to {zero.pa:#x}", va=0, pa=zero.pa, entry=zero.entry,
                      function="map_kernel", cause="`map_kernel` begins at address 0: the first "
                      "page is nobody's, so that null pointers are found")


def stopped(run, whose, function, cause):
    kinds = ("read", "write to", "execute")
    for moment in watch(run, "survived", "end"):
        if moment.name == "survived":
            quarter, address, kind = moment.args[:3]
            found = moment.lookup(address)
            run.wrong(moment, expected=f"a process that tries to {kinds[kind]} {whose} to be "
                      "stopped by a page fault",
                      found=f"it could {kinds[kind]} address {address:#x}", process=quarter + 1,
                      va=address, pa=found and found.pa, entry=found and found.entry,
                      function=function, cause=cause)


def touching_kernel_stops(run):
    """A process that touches the kernel's memory is stopped, and nobody else."""
    stopped(run, "the kernel's memory", "map_kernel",
             "`map_kernel` lets processes use pages that are the kernel's (PTE_U)")


def _refused(run, what, cause):
    """`sys_page_alloc` refuses addresses of a kind, and that changes nothing."""
    before, asked = None, "the first"
    for moment in watch(run, "before", "asked", "allowed", "end"):
        if moment.name == "before":
            before, asked = moment, f"{moment.args[0]:#x}"
        elif moment.name == "asked":
            if signed(moment.args[1]) != E_INVAL:
                run.wrong(moment, expected=f"sys_page_alloc({asked}), {what}, to return E_INVAL",
                          found=f"it returned {result_name(moment.args[1])}", va=moment.args[0],
                          function=PAGE_ALLOC, cause=cause)
            va = difference(layout(before), layout(moment))
            if va is not None:
                run.wrong(moment,
                          expected=f"sys_page_alloc({asked}), which is refused, to change nothing",
                          found=f"the mapping of {va:#x} changed", va=va, function=PAGE_ALLOC,
                          cause="the address is checked only after something has been mapped")
        elif moment.name == "allowed" and signed(moment.args[1]) != 0:
            run.wrong(moment,
                      expected=f"sys_page_alloc({moment.args[0]:#x}), which is fine, to return 0",
                      found=f"it returned {result_name(moment.args[1])}", va=moment.args[0],
                      function=PAGE_ALLOC, cause="the check refuses too much")


def page_alloc_unaligned(run):
    cause = "`page_alloc` does not check that the address is a multiple of PAGESIZE"
    with blame(PAGE_ALLOC, cause):
        _refused(run, "which is not page-aligned", cause)


def page_alloc_kernel(run):
    cause = ("`page_alloc` does not check that the address is at least PROC_START_ADDR: a process "
             "could replace the kernel")
    with blame(PAGE_ALLOC, cause):
        _refused(run, "below PROC_START_ADDR", cause)


def page_alloc_beyond(run):
    cause = ("`page_alloc` does not check that the page ends within MEMSIZE_VIRTUAL (the first "
             "address not allowed)")
    with blame(PAGE_ALLOC, cause):
        _refused(run, "not below MEMSIZE_VIRTUAL", cause)


def page_alloc_overflow(run):
    cause = ("`page_alloc` compares addresses in a way that overflows or takes them as signed: va "
             "+ PAGESIZE can be 0, and the highest addresses are negative as signed numbers")
    with blame(PAGE_ALLOC, cause):
        _refused(run, "at the very end of all addresses", cause)
