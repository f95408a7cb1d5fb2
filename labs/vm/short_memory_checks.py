"""short_memory_checks.py - what begins is whole, what fails changes nothing, and what is told is
true; see checks.py"""
from memory import PO_FREE

from looking import (ADD_PAGE, E_NOMEM, PAGE_ALLOC, SPARE, blame, owner_of, result_name, signed,
                     unused_pages, watch)


def pages_owned(run):
    """A page that a process asked for belongs to it."""
    for moment in watch(run, "allocated", "end"):
        each = moment.lookup(moment.args[0]) if moment.name == "allocated" else None
        owner = owner_of(moment, each.pa) if each else None
        if each and moment.pid and owner != moment.pid:
            run.wrong(moment, expected=f"the new page to belong to process {moment.pid}",
                      found=f"owner {owner} in `pageinfo`", va=each.va, pa=each.pa,
                      entry=each.entry,
                      function=ADD_PAGE, cause="`kalloc`, or `owned_page`, is told to whom the "
                      "page will belong")


def refused_keeps_memory(run):
    """After many requests that were refused, all memory can still be had."""
    for moment in watch(run, "took", "end"):
        unused = unused_pages(run, moment, moment.cr3) if moment.name == "took" else []
        if len(unused) > SPARE:
            run.wrong(moment, expected="all memory to be there after requests that were refused",
                      found=f"{len(unused)} pages are lost, such as {unused[0]:#x}", pa=unused[0],
                      function=PAGE_ALLOC, cause="a page is taken before the address is looked at, "
                      "and not given back")


def programs_begin(run):
    """However little memory is left: a program is begun with its stack, or the caller is told that
    there is none."""
    cause = "a missing page is not noticed: what `add_page` returns for the stack must be looked at"
    begun = 0
    with blame("start_process", cause):
        for moment in watch(run, "ended", "end"):
            if moment.name != "ended":
                continue
            left, result, status = moment.args[0], signed(moment.args[1]), moment.args[2]
            begun += result > 0
            if result <= 0 and result != E_NOMEM:
                run.wrong(moment, expected="sys_spawn to return a pid or E_NOMEM",
                          found=result_name(moment.args[1]),
                          function="start_process", cause=cause)
            if result > 0 and status != 0:
                run.wrong(moment, expected="a program that was begun to run to its end",
                          found=f"with {left} pages "
                          f"left, sys_spawn returned the pid {result}, and the program was stopped",
                          function="start_process", cause=cause)
    if not begun:
        run.wrong(None, expected="a program to be begun in the end", found="none was",
                  function="start_process")


def free_pages_are_counted(run):
    """`free_pages` counts what nobody has, and what nobody has belongs to nobody."""
    for moment in watch(run, "took", "forked", "end"):
        memory = moment.memory
        spaces = [each.pagetable for each in memory.processes().values() if each.pagetable]
        unused = unused_pages(run, moment, moment.cr3, *spaces)
        told = memory.variable("free_pages")
        if abs(told - len(unused)) > SPARE:
            run.wrong(moment, expected=f"`free_pages` to be about {len(unused)}, which nobody has",
                      found=f"{told}",
                      function="kfree", cause="it has one more when the last reference to a page "
                      "is given up, and "
                      "only then")
        owned = [pa for pa in unused if owner_of(moment, pa) > PO_FREE]
        if len(owned) > SPARE:
            run.wrong(moment, expected="pages that nobody has to belong to nobody (PO_FREE)",
                      found=f"{len(owned)} still have an owner, such as {owned[0]:#x}",
                      pa=owned[0], function="kfree",
                      cause="with the last reference, a page's owner becomes PO_FREE")


def keys_start_programs(run):
    """The keys a, f and e end all processes and start programs anew, any number of times."""
    cause = "a process that has ended still has a page table, which is given back a second time " \
        "when programs are started anew (`end_process` takes it away from the process)"
    with blame("end_process", cause):
        ended = run.until_idle()
    names = sorted(each.program
                   for each in ended.moment.memory.processes().values()) if ended.moment else []
    if ended.kind != "limit" or names != ["allocator", "allocator2", "allocator3", "allocator4"]:
        if ended.kind == "exit":
            run.wrong(ended.moment, expected="the four allocators to run after the key a",
                      found="all processes that the keys f and e had started were gone before",
                      cause="a process that ends too early is found by other checks: mend those")
        run.wrong(ended.moment, expected="the four allocators to run after the key a",
                  found="other processes: "
                  f"{' '.join(names) or 'none'}", function="end_process", cause=cause)
