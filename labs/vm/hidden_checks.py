"""hidden_checks.py - checks that hand-outs do not have: what checks.py asks for, elsewhere and
under more pressure"""
from memory import PAGESIZE

import checks
from looking import (
    DESTRUCTOR, LEAST, SPARE, blame, filled, result_name, signed, unused_pages, user_pages, watch)

LEAST["check-storm"] = {"took": 1}


def refused_elsewhere(run):
    """`sys_page_alloc` refuses other addresses, too: see checks.py."""
    kinds = (checks.page_alloc_unaligned, checks.page_alloc_kernel, checks.page_alloc_beyond,
             checks.page_alloc_overflow)
    kinds[run.seed % 4](run)


def odd_places(run):
    """Pages in other places are found, distinct and kept, in a machine whose memory holds junk."""
    for moment in watch(run, "allocated", "filled", "end"):
        if moment.name == "allocated":
            va, each = moment.args[0], moment.lookup(moment.args[0])
            if signed(moment.args[1]) != 0 or not each or any(moment.physical(each.pa)):
                found = f"sys_page_alloc returned {result_name(moment.args[1])}"
                if signed(moment.args[1]) == 0:
                    found += ", and the page is not zeros" if each else ", and nothing is there"
                run.wrong(moment, expected=f"a new page of zeros at {va:#x}", found=found, va=va, pa=each and each.pa,
                          entry=each and each.entry, function="address_space::add_page",
                          cause="`add_page` does not bring a cleared page to every address")
        elif moment.name == "filled":
            pages = user_pages(moment)
            if len({each.pa for each in pages.values()}) < len(pages):
                run.wrong(moment, expected="a physical page for each virtual one",
                          found="one has two", function="kalloc",
                          cause="`kalloc` gives out a page that is in use")
            first, count, who = moment.args[:3]
            for slot in range(count):
                va = int.from_bytes(moment.read(first + 8 * slot, 8), "little")
                if moment.read(va, PAGESIZE) != filled(va, who):
                    run.wrong(moment, expected=f"the page at {va:#x} as the process wrote it",
                              found="it is not", va=va, function="address_space::add_page",
                              cause="a later allocation took or moved this page")


def fork_under_pressure(run):
    """With other amounts of memory in use, fork says E_NOMEM and leaves the parent as it was."""
    checks.fork_out_of_memory(run)


def other_orders(run):
    """A family exits in other orders, and nobody loses what they shared."""
    checks.still_there(run)


def storm(run):
    """Whatever many processes do at once with too little memory, each keeps its own, and in the end
    all comes back."""
    cause = "when memory is short, a page is lost, or given back while it is in use"
    with blame("kfree", cause):
        for moment in watch(run):
            if moment.name == "wrong":
                va, expected, found = moment.args[:3]
                run.wrong(moment, expected=f"the word at {va:#x} to be {expected:#x}, as the "
                          "process wrote it", found=f"{found:#x}", va=va, function="kfree",
                          cause=cause)
            if moment.name == "odd":
                call = ("sys_page_alloc", "fork")[moment.args[0]]
                run.wrong(moment, expected=f"{call} to return E_NOMEM when memory is short",
                          found=result_name(moment.args[1]),
                          function="fork_process" if moment.args[0] else None,
                          cause="another error than the one that was met is returned")
            unused = unused_pages(run, moment, moment.cr3) if moment.name == "took" else []
            if len(unused) > SPARE:
                run.wrong(moment,
                          expected="all memory for the last process, when the others have exited",
                          found=f"{len(unused)} pages are lost, such as {unused[0]:#x}",
                          pa=unused[0], function=DESTRUCTOR,
                          cause="pages get lost when processes exit, or when fork fails")
