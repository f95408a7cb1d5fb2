"""checks.py - what lab "start" is judged by

Each function is one property of a run, named in checks.toml. Where a student's own program runs, it comes to no moment:
its memory is looked at when the machine's time is over.
"""
import re

from grading.run import Wrong
from memory import (ADDRESS_BITS, MEMSIZE_VIRTUAL, PAGESIZE, PROC_START_ADDR, P_RUNNABLE, PTE_P, PTE_U, PTE_W, PTE_XD)

NAMES = ("allocator", "allocator2", "allocator3", "allocator4")
SPAN = 0x40000                                      # bytes of memory that each of the four has
PERMISSIONS = PTE_P | PTE_W | PTE_U | PTE_XD
START = {"function": "start_processes"}
LOOP = {"function": "process_main"}


# Steps one and four

def first_moment(run):
    """The first moment of a check's program, which start_processes must have started."""
    try:
        return run.next("runs")
    except Wrong as wrong:
        raise Wrong(wrong.moment, "the program that was named at boot to run", wrong.found, ending=wrong.ending,
                    notes=wrong.notes, function=wrong.function or START["function"],
                    cause="start_processes starts what `command` names: process_setup(1, command)") from None


def runs_as_process_one(run):
    """The program that was named runs, as process 1, and alone."""
    moment = first_moment(run)
    if moment.args[0] != 1:
        run.wrong(moment, expected="the program to run as process 1", found=f"it is process {moment.args[0]}",
                  cause="process_setup(1, command) makes it process 1", **START)
    others = [process for process in moment.memory.processes().values() if process.pid != 1]
    if others:
        run.wrong(moment, expected="one process when one program is named", found=f"process {others[0].pid} runs "
                  f"{others[0].program}, too", cause="only the word \"allocators\" stands for four programs", **START)
    for _ in run.moments():
        pass


def end_of(run):
    """The machine when its time is over."""
    ended = run.until_idle()
    if ended.moment is None:
        run.wrong(None, expected="four allocators that run on and on", found="the machine powered off, as nobody ran",
                  cause="no process was started, or all have ended", **START)
    return ended.moment


def process_of(run, moment, pid):
    """The process with that pid, which must run its allocator."""
    process = moment.memory.processes().get(pid)
    if not process or process.program != NAMES[pid - 1]:
        found = f"it runs {process.program}" if process else "there is no such process"
        run.wrong(moment, expected=f"process {pid} to run {NAMES[pid - 1]}", found=found,
                  cause=f"process_setup({pid}, \"{NAMES[pid - 1]}\") is missing for the word \"allocators\"", **START)
    return process


def four_are_loaded(run):
    moment = end_of(run)
    for pid, name in enumerate(NAMES, 1):
        process = process_of(run, moment, pid)
        for va, text in run.built.program(name).constant_pages:
            if moment.read(va, len(text), process.pagetable) != text:
                run.wrong(moment, expected=f"{name}'s instructions at {va:#x}", found="something else", va=va,
                          cause="each of the four programs has its own place in memory, and is loaded once", **START)


def four_run(run):
    moment = end_of(run)
    for pid in range(1, 5):
        process = process_of(run, moment, pid)
        start = PROC_START_ADDR + (pid - 1) * SPAN
        if process.state != P_RUNNABLE or not start <= process.registers["rip"] < start + SPAN:
            run.wrong(moment, expected=f"process {pid} to run in its program at {start:#x}", found="it was stopped, or "
                      f"is at {process.registers['rip']:#x}", va=process.registers["rip"],
                      cause="the program that this process runs is another one's", **START)
    others = [process.pid for process in moment.memory.processes().values() if process.pid > 4]
    if others:
        run.wrong(moment, expected="four processes", found=f"there is a process {others[0]}", cause="more are started",
                  **START)


# Steps loop and write

def heap_of(run, pid):
    """The addresses from the first free page of an allocator up to its stack, by page."""
    end = run.symbol(NAMES[pid - 1], "end")
    return range(-(-end // PAGESIZE) * PAGESIZE, PROC_START_ADDR + pid * SPAN - PAGESIZE, PAGESIZE)


def heaps(run):
    """(moment, process, the addresses its heap may have, those of the pages that it was given) of the four. Memory that
    nobody has asked for is mapped, too, but executable: so every page is at the machine's start."""
    moment = end_of(run)
    for pid in range(1, 5):
        process = process_of(run, moment, pid)
        own, span = moment.own(process.pagetable), heap_of(run, pid)
        if process.state != P_RUNNABLE:
            run.wrong(moment, expected=f"process {pid} to run on and on", found="it was stopped",
                      cause="the process touched what is not there, or panicked: see the log", **LOOP)
        yield moment, process, span, [va for va in span if va in own and not own[va].executable]


def heaps_grow(run):
    for moment, process, span, pages in heaps(run):
        if not pages:
            run.wrong(moment, expected=f"process {process.pid} to have asked for pages from {span.start:#x} on",
                      found="it has "
                      "none", va=span.start, cause="sys_page_alloc is not called, or not with the address of a page: "
                      "the first one is `end`, rounded up", **LOOP)
        for va, expected in zip(pages, span):
            if va != expected:
                run.wrong(moment, expected=f"a page at {expected:#x} before one at {va:#x}", found="none", va=expected,
                          cause="each page is PAGESIZE behind the one before it; the first is `end`, rounded up",
                          **LOOP)


def heaps_grow_by_pid(run):
    counts, last = {}, None
    for moment, process, span, pages in heaps(run):
        counts[process.pid], last = len(pages), moment
        if len(pages) == len(span):
            run.wrong(moment, expected=f"process {process.pid} to ask now and then", found="it has all of its pages at "
                      "once",
                      cause="between two pages, others must have their turn (sys_yield), and chance decides", **LOOP)
    if counts[1] >= counts[4]:
        run.wrong(last, expected="process 4 to have more pages than process 1 after a second", found=f"{counts[4]} and "
                  f"{counts[1]}",
                  cause="a page is asked for with a probability that grows with the process's number", **LOOP)


def heaps_are_full(run):
    for moment, process, span, pages in heaps(run):
        missing = sorted(set(span) - set(pages))
        if missing:
            run.wrong(moment, expected=f"process {process.pid} to have every page up to its stack at {span.stop:#x}",
                      found=f"{len(pages)} of {len(span)}; the first missing is at {missing[0]:#x}", va=missing[0],
                      cause="the loop ends too early, or too seldom asks: it goes on until the heap meets the stack",
                      **LOOP)


def check_written(run, moment, process, va, may_be_new):
    """The page has the pid and zeros; `may_be_new`: or is just about to be written."""
    data = moment.read(va, PAGESIZE, process.pagetable)
    if may_be_new and data == bytes(PAGESIZE):
        return
    if data[0] != process.pid:
        run.wrong(moment, expected=f"{process.pid} in the first byte of the page at {va:#x}", found=f"{data[0]}", va=va,
                  cause="the page that was just given is written to, before the next one is asked for", **LOOP)
    if any(data[1:]):
        at = va + 1 + next(i for i, byte in enumerate(data[1:]) if byte)
        run.wrong(moment, expected="zeros in the rest of the page", found=f"something else at {at:#x}", va=at,
                  cause="only the page's first byte is written", **LOOP)


def pages_are_written(run):
    for moment, process, span, pages in heaps(run):
        if not pages:
            run.wrong(moment, expected="pages to write to", found="none", va=span.start, **LOOP)
        for va in pages:
            check_written(run, moment, process, va, va == pages[-1])


def all_pages_are_written(run):
    for moment, process, span, pages in heaps(run):
        for va in pages:
            check_written(run, moment, process, va, False)
        for name in NAMES:
            for va, data in run.built.program(name).constant_pages:
                if moment.read(va, len(data), process.pagetable) != data:
                    run.wrong(moment, expected="the programs as they were loaded", found="something was written at "
                              f"{va:#x}", va=va,
                              cause="a write went astray", **LOOP)


# Steps look and copy

def permissions(mapping):
    return (PTE_P | (PTE_W if mapping.writable else 0) | (PTE_U if mapping.user else 0)
            | (0 if mapping.executable else PTE_XD))


def original(run, moment):
    """The page table that process 1 had before it was copied."""
    return moment.memory.number(run.kernel["page_table_original"]) & ADDRESS_BITS


def lines(run, word):
    return [line for line in run.log().splitlines() if re.match(rf"{word}\b", line) and "va=" in line]


def compare_lines(run, moment, found, expected, blame):
    """The log's lines are the expected ones: (address, line)."""
    for (va, line), said in zip(expected, found):
        if said != line:
            run.wrong(moment, expected=f"the line \"{line}\"", found=f"\"{said}\"", va=va, root=original(run, moment),
                      **blame)
    if len(found) < len(expected):
        va, line = expected[len(found)]
        run.wrong(moment, expected=f"{len(expected)} lines in the log; the next one is \"{line}\"",
                  found=f"{len(found)} lines",
                  va=va, root=original(run, moment), **blame)
    if len(found) > len(expected):
        run.wrong(moment, expected=f"{len(expected)} lines", found=f"{len(found)}, such as \"{found[len(expected)]}\"",
                  **blame)


def look_says_what_is(run):
    moment = first_moment(run)
    blame = {"function": "look", "cause": "vmiter(pagetable, va) says what `va` is mapped to: its present(), pa(), and "
             "of its perm() what `permissions` has"}
    expected = []
    start, count = run.kernel["look_addresses"], moment.memory.number(run.kernel["look_count"])
    for index in range(count):
        va = moment.memory.number(start + 8 * index)
        mapping = moment.lookup(va, original(run, moment))
        what = f"pa={mapping.pa + va - mapping.va:#x} perm={permissions(mapping):#x}" if mapping else "unmapped"
        expected.append((va, f"look va={va:#x} {what}"))
    compare_lines(run, moment, lines(run, "look"), expected, blame)


def tables_to_compare(run):
    """(moment, what the original maps, what the copy maps), by address."""
    moment = first_moment(run)
    copy = run.kernel["page_table_copy"]
    return moment, *({mapping.va: mapping for mapping in moment.mappings(root) if mapping.va < MEMSIZE_VIRTUAL}
                     for root in (original(run, moment), copy))


def copy_maps_the_same(run):
    moment, source, copy = tables_to_compare(run)
    blame = {"function": "copy_mappings", "root": run.kernel["page_table_copy"]}
    for va, mapping in source.items():
        other = copy.get(va)
        if not other or other.pa != mapping.pa:
            run.wrong(moment, expected=f"{va:#x} mapped to {mapping.pa:#x} in the copy", found=f"{other.pa:#x}" if other
                      else "nothing", va=va, pa=mapping.pa, cause="a page of the original is left out, or mapped to "
                      "another "
                      "page: begin at address 0, and go through all that is mapped below MEMSIZE_VIRTUAL", **blame)
        if permissions(other) != permissions(mapping):
            run.wrong(moment, expected=f"permissions {permissions(mapping):#x} at {va:#x}",
                      found=f"{permissions(other):#x}",
                      va=va, pa=mapping.pa, entry=other.entry, cause="the permissions are not those of the original: "
                      "it.perm() has them", **blame)
    for va, other in copy.items():
        if va not in source:
            run.wrong(moment, expected=f"nothing at {va:#x}, as in the original", found=f"a mapping to {other.pa:#x}",
                      va=va,
                      pa=other.pa, entry=other.entry, cause="what is not present must not be mapped", **blame)


def copy_is_used(run):
    moment = first_moment(run)
    copy = run.kernel["page_table_copy"]
    if moment.cr3 != copy:
        run.wrong(moment, expected=f"process 1 to run on the copy, {copy:#x}", found="its page table is "
                  f"{moment.cr3:#x}",
                  function="copy_mappings", cause="the kernel found that the copy differs: see the log")
    shared = {pa for pa, *_ in moment.tables(copy)} & {pa for pa, *_ in moment.tables(original(run, moment))}
    if shared:
        run.wrong(moment, expected="tables of the copy's own", found=f"the table at {min(shared):#x} is the "
                  "original's, too",
                  pa=min(shared), function="copy_mappings", cause="entries of upper tables were copied instead of "
                  "mappings: then a change to one page table changes the other")


def copy_is_logged(run):
    moment, source, _ = tables_to_compare(run)
    blame = {"function": "copy_mappings", "cause": "each mapping is logged once, in the order of the addresses, by "
             "log_printf with 0x%lx: its address, its physical address, and of perm() what `permissions` has"}
    expected = [(va, f"mapping va={va:#x} pa={mapping.pa:#x} perm={permissions(mapping):#x}")
                for va, mapping in sorted(source.items())]
    compare_lines(run, moment, lines(run, "mapping"), expected, blame)
