"""allocator_checks.py - what the steps loop and write of lab "start" are judged by"""
from memory import P_RUNNABLE, PAGESIZE, PROC_START_ADDR

from first_checks import NAMES, SPAN, end_of, process_of

RANDOM_STEP, MOST_DRAWS = 0x9E3779B97F4A7C15, 1 << 20
SYSCALL_INSTRUCTION = b"\x0f\x05"
LOOP = {"function": "process_main"}


def heap_of(run, pid):
    """The addresses from the first free page of an allocator up to its stack, by page."""
    end = run.symbol(NAMES[pid - 1], "end")
    return range(-(-end // PAGESIZE) * PAGESIZE, PROC_START_ADDR + pid * SPAN - PAGESIZE, PAGESIZE)


def heaps(run):
    """(moment, process, the addresses its heap may have, those of the pages that it was given) of
    the four. Memory that nobody has asked for is mapped, too, but executable: so every page is at
    the machine's start."""
    moment = end_of(run)
    for pid in range(1, 5):
        process = process_of(run, moment, pid)
        own, span = moment.own(process.pagetable), heap_of(run, pid)
        if process.state != P_RUNNABLE:
            run.wrong(moment, expected=f"process {pid} to run on and on", found="it was stopped",
                      cause="the process touched what is not there, or panicked: see the log",
                      **LOOP)
        yield moment, process, span, [va for va in span if va in own and not own[va].executable]


def heaps_grow(run):
    for moment, process, span, pages in heaps(run):
        if not pages:
            run.wrong(moment, expected=f"process {process.pid} to have asked for pages from "
                      f"{span.start:#x} on",
                      found="it has "
                      "none", va=span.start, cause="sys_page_alloc is not called, or not with the "
                      "address of a page: "
                      "the first one is `end`, rounded up", **LOOP)
        for va, expected in zip(pages, span):
            if va != expected:
                run.wrong(moment, expected=f"a page at {expected:#x} before one at {va:#x}",
                          found="none", va=expected,
                          cause="each page is PAGESIZE behind the one before it; the first is "
                          "`end`, rounded up",
                          **LOOP)


def heaps_grow_by_pid(run):
    counts, rounds, last = {}, {}, None
    for moment, process, span, pages in heaps(run):
        counts[process.pid], last = len(pages), moment
        rounds[process.pid] = draws(run, moment, process)
        if len(pages) == len(span):
            run.wrong(moment, expected=f"process {process.pid} to ask now and then",
                      found="it has all of its pages at "
                      "once",
                      cause="between two pages, others must have their turn (sys_yield), and "
                      "chance decides", **LOOP)
    if counts[1] >= counts[4]:
        run.wrong(last, expected="process 4 to have more pages than process 1 after a second",
                  found=f"{counts[4]} and "
                  f"{counts[1]}",
                  cause="a page is asked for with a probability that grows with the process's "
                  "number", **LOOP)
    if None not in rounds.values():
        check_chance(run, last, counts, rounds)


def draws(run, moment, process):
    """How many random numbers an allocator has drawn since it said `srand` with its pid; None if it
    has not said that. (lib/random.cc: each adds a constant to a counter. A program that never draws
    is linked without it.)"""
    counter = run.built.program(NAMES[process.pid - 1]).symbols.get("counter")
    if counter is None:
        return None
    value = int.from_bytes(moment.read(counter, 8, process.pagetable) or b"", "little")
    seed = process.pid << 32 | process.pid
    count = (value - seed) * pow(RANDOM_STEP, -1, 2**64) % 2**64
    return count if count < MOST_DRAWS else None


def numbers_are_random(run):
    """Each allocator has said `srand` with its pid, and in each round all draw one number."""
    counts, last = {}, None
    for moment, process, *_ in heaps(run):
        last, counts[process.pid] = moment, draws(run, moment, process)
        if not counts[process.pid]:
            run.wrong(moment, expected=f"process {process.pid} to have begun its random numbers by "
                      "its number", found="it has others, or none" if counts[process.pid] is None
                      else "it has drawn none", cause="srand is called once, at the start, with the "
                      "process's number; rand(0, 17) is drawn once a round", **LOOP)
    low, high = min(counts.values()), max(counts.values())
    if high - low > 3 + high // 16:
        run.wrong(last, expected="all four to have had about as many rounds", found=", ".join(
            f"process {pid}: {count}" for pid, count in counts.items()), cause="in each round, one "
            "number is drawn and others have their turn (sys_yield), whether a page came or not",
            **LOOP)


def check_chance(run, moment, pages, rounds):
    """{pid: pages} fit the chance of pid in 18 in each of {pid: rounds}."""
    expected = sum(rounds[pid] * pid / 18 for pid in pages)
    spread = sum(rounds[pid] * pid / 18 * (1 - pid / 18) for pid in pages) ** 0.5
    if abs(sum(pages.values()) - expected) > 3 * spread + 1:
        run.wrong(moment, expected=f"about {expected:.0f} pages in {sum(rounds.values())} rounds",
                  found=f"{sum(pages.values())}", cause="in each round, process p asks with a "
                  "chance "
                  "of p in 18", **LOOP)


def nobody_asks_too_much(run):
    """In the end no request was refused, and the processes are in `sys_yield`, all but the one that
    runs."""
    places = []
    for moment, process, *_ in heaps(run):
        rip = process.registers["rip"]
        places.append(moment.read(rip - 2, 2, process.pagetable) == SYSCALL_INSTRUCTION)
    kernel = run.kernel
    if moment.memory.number(kernel["newest"], 4) or moment.memory.number(kernel["events"], 1):
        run.wrong(moment, expected="no request that the kernel must refuse", found="the kernel "
                  "refused one", cause="the last page to ask for is the one below the stack's; "
                  "after that nobody asks any more", **LOOP)
    if places.count(False) > 1:
        run.wrong(moment, expected="processes that have all of their pages to wait in sys_yield",
                  found=f"{places.count(False)} of them are somewhere else", cause="when there is "
                  "no page left, yield for ever", **LOOP)


def heaps_are_full(run):
    for moment, process, span, pages in heaps(run):
        missing = sorted(set(span) - set(pages))
        if missing:
            run.wrong(moment, expected=f"process {process.pid} to have every page up to its stack "
                      f"at {span.stop:#x}",
                      found=f"{len(pages)} of {len(span)}; the first missing is at "
                      f"{missing[0]:#x}", va=missing[0],
                      cause="the loop ends too early, or too seldom asks: it goes on until the "
                      "heap meets the stack",
                      **LOOP)


def check_written(run, moment, process, va, may_be_new):
    """The page has the pid and zeros; `may_be_new`: or is just about to be written."""
    data = moment.read(va, PAGESIZE, process.pagetable)
    if may_be_new and data == bytes(PAGESIZE):
        return
    if data[0] != process.pid:
        run.wrong(moment, expected=f"{process.pid} in the first byte of the page at {va:#x}",
                  found=f"{data[0]}", va=va,
                  cause="the page that was just given is written to, before the next one is asked "
                  "for", **LOOP)
    if any(data[1:]):
        at = va + 1 + next(i for i, byte in enumerate(data[1:]) if byte)
        run.wrong(moment, expected="zeros in the rest of the page", found="something else at "
                  f"{at:#x}", va=at,
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
                    run.wrong(moment, expected="the programs as they were loaded",
                              found="something was written at "
                              f"{va:#x}", va=va,
                              cause="a write went astray", **LOOP)
