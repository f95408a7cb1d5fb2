"""fault_moments.py - what the properties of lab "faults" have in common: they go from moment to
moment of a program

What the moments are called, and what words they have, check/u-faults.hh says. `blame` is always
what a property says if it does not hold: `function`, the likeliest one, and `cause`.
"""
from fault_endings import likely
from grading.run import Wrong
from memory import MEMSIZE_VIRTUAL, PAGESIZE, PROC_START_ADDR, ZEROS

STACK_LIMIT = MEMSIZE_VIRTUAL - 16 * PAGESIZE       # a stack never begins below this
GUARD = STACK_LIMIT - PAGESIZE
LABELS = ("heap", "stack", "guard", "mapping")      # kernel/memory/region.hh: region_label
HOW = ("read", "write", "execution")                # u-faults.hh: touch_kind
TO_READ, TO_WRITE = 0, 1
CALLS = ("sys_sbrk", "sys_fork", "sys_wait", "sys_page_alloc", "sys_page_free", "sys_mprotect")
CALLED = ("extend_heap", "inherit_page", None, None, None,
          None)        # what a student wrote for those
REFUSED = {"sys_mprotect": "what is to be protected is not there, neither a page nor a promise of "
           "one (`extend_heap`)"}
DOING = ("touch", "try", "call", "writes")
STORES = ("sys_memory(buffer)", "sys_mapping(address, buffer)", "sys_wait(child, buffer)",
          "sys_log(buffer)",
          "sys_mprotect(page, PAGESIZE, PROT_READ | PROT_WRITE)")
STORED_SIZES = (96, 16, 4, 1, 8)
ERROR_MIN = 2**64 - 4095
NOT_ALLOWED = 2**64 - 14                # E_FAULT


def page_of(va):
    return va - va % PAGESIZE


def pattern(va):
    """What u-faults.hh writes at an address, as bytes."""
    return (va * 0x9E3779B97F4A7C15 % 2**64 | 1).to_bytes(8, "little")


def number(result):
    """A system call's result as a program sees it."""
    return result - 2**64 if result >= ERROR_MIN else result


def going_on(run, blame):
    """The moments of a run. If it comes to no further one, says why, as far as that can be seen."""
    last = None
    try:
        for moment in run.moments():
            last = moment
            yield moment
    except Wrong as wrong:
        if not last or not wrong.ending:
            raise
        said = {"function": wrong.function, "cause": wrong.cause}
        if "cause" in blame:
            said = {"function": wrong.function or blame["function"],
                    "cause": f"{wrong.cause or 'it ended there'}; with {blame['function']} in "
                             f"mind: {blame['cause']}"}
        details = {"process": wrong.process, "va": wrong.va, "pa": wrong.pa, "entry": wrong.entry,
                   "notes": wrong.notes,
                   "root": wrong.root, **said, **likely(run, last, wrong.ending, blame)}
        raise Wrong(wrong.moment, wrong.expected, wrong.found, ending=wrong.ending,
                    **details) from None


def doing(moment):
    """What a process is about to do at a moment of DOING."""
    va, kind = moment.args[:2]
    return f"{STORES[kind]} at {va:#x}" if moment.name == "call" else f"a {HOW[kind]} of {va:#x}" \
        if moment.name in ("touch", "try") else f"a write to {va:#x}"


def part(run, which=None, **blame):
    """The moments of some parts of the program (`which`: a number, a tuple of them, or None: all).
    `blame` (function, cause) is said if the part's process did not come to the part's end."""
    chosen = which if isinstance(which, (tuple, type(None))) else (which,)
    current, last = None, None
    for moment in going_on(run, blame):
        if moment.name == "cannot" and (chosen is None or current is None
                                        or current <= max(chosen)):
            run.wrong(moment, expected=f"{CALLS[moment.args[0]]} to work here",
                      found=f"error {number(moment.args[1])}", function=CALLED[moment.args[0]],
                      cause=REFUSED.get(CALLS[moment.args[0]]))
        if moment.name == "part":
            current = moment.args[0]
        elif moment.name == "died" and (chosen is None or moment.args[0] in chosen):
            was_doing = last and last.name in DOING
            if was_doing and is_second_touch(last):
                blame = {"function": "resolve_fault", "cause": "the page was there, to be read, as "
                         "it had only been read so far: a write to the page of zeros touches what "
                         "is promised (by `extend_heap` or `give_stack`: with PTE_W)"}
            if was_doing and lacks_stack(last):
                blame = SHORT_STACK
            run.wrong(last or moment, expected="a process to go on that does nothing wrong",
                      found="it was stopped"
                      + (f" in {doing(last)}" if was_doing else "") + f" (status {moment.args[1]})",
                      va=last.args[0] if was_doing else None, **blame)
        elif chosen is None or current in chosen:
            last = moment
            yield moment


def is_second_touch(moment):
    """Whether a page is about to be written to that is there already."""
    return moment.name == "touch" and moment.args[1] == TO_WRITE and moment.lookup(moment.args[0])


SHORT_STACK = {"function": "give_stack", "cause": "the stack's promise does not reach down to "
               "there: it has as many bytes as `stack_limit` says, 16 pages"}


def lacks_stack(moment):
    """Whether a process is about to touch a page of its stack that is not promised to it."""
    va = moment.args[0]
    return STACK_LIMIT <= va < MEMSIZE_VIRTUAL and not moment.lookup(va) and not any(
        each.start <= va < each.end and each.source == ZEROS
        for each in moment.memory.regions(moment.pid))


def once_more(run):
    """The same run, to be looked at from its beginning."""
    return type(run)(run.recording, run.scenario)


def nobody_survives(run, which=None, **blame):
    """What nobody may touch stops who touches it. Yields the other moments."""
    for moment in part(run, which, **blame):
        if moment.name == "survived":
            survived(run, moment, **blame)
        yield moment


def survived(run, moment, **blame):
    va, how = moment.args[:2]
    mapping = moment.lookup(va)
    run.wrong(moment, expected=f"a {HOW[how]} of {va:#x} to stop the process", found="it went on",
              va=va,
              pa=mapping and mapping.pa, entry=mapping and mapping.entry, **blame)


def nothing_at(run, moment, low, high, cr3=None, **blame):
    """No page is mapped in `[low, high)`."""
    for mapping in moment.own(cr3).values():
        if low <= mapping.va < high:
            run.wrong(moment, expected=f"no page at {mapping.va:#x}", found="physical page "
                      f"{mapping.pa:#x} is mapped "
                      "there",
                      va=mapping.va, pa=mapping.pa, entry=mapping.entry, **blame)


def mapped(run, moment, va, what, **blame):
    """The Mapping of `va`, which must be there."""
    mapping = moment.lookup(va)
    if not mapping:
        run.wrong(moment, expected=what, found="no page there", va=va, **blame)
    return mapping


def wrong_at(run, moment, mapping, expected, found, **blame):
    run.wrong(moment, expected=expected, found=found, va=mapping.va, pa=mapping.pa,
              entry=mapping.entry, **blame)


def fresh(moment, va, how):
    """The bytes that a page which was just touched must have."""
    zeros = bytearray(PAGESIZE)
    if how == TO_WRITE:
        zeros[va % PAGESIZE:va % PAGESIZE + 8] = pattern(va)
    return bytes(zeros)


def check_page(run, moment, va, how, blame):
    """The page of a touch is there, with the permissions that data has."""
    mapping = mapped(run, moment, va, f"a page at {va:#x} after its {HOW[how]}", **blame)
    if not mapping.user or how == TO_WRITE and not mapping.writable:
        wrong_at(run, moment, mapping, "a page that the process may use so", "its entry does not "
                 "permit it", **blame)
    if mapping.executable:
        wrong_at(run, moment, mapping, "data that cannot be executed", "its entry has no PTE_XD",
                 function="keep_promise", cause="the page's permissions are not those of its "
                 "region, or that has no "
                 "PTE_XD (see `extend_heap` and `give_stack`)")
    if mapping.writable and mapping.pa // PAGESIZE not in run.memory_pages:
        wrong_at(run, moment, mapping, "a page of its own to write to", f"{mapping.pa:#x}, which "
                 "is the kernel's",
                 function="keep_promise", cause="the page of zeros, which all share, was made "
                 "writable")


def check_bytes(run, moment, va, expected, what, cr3=None, **blame):
    """The page at `va` (or as many bytes as `expected` has) is as expected."""
    found = moment.read(va, len(expected), cr3)
    if found == expected:
        return
    mapping = moment.lookup(va, cr3)
    at = next((i for i in range(len(expected)) if found[i] != expected[i]), 0) if found else 0
    run.wrong(moment, expected=f"at {va + at:#x} {what}", found=f"the byte {found[at]:#04x} "
              "instead of "
              f"{expected[at]:#04x}"
              if found else "no page", va=va + at, pa=mapping and mapping.pa, entry=mapping
              and mapping.entry, **blame)


def calls_find_pages(run, which=0, **blame):
    """Each call that was given memory which was not there yet worked, and its answer is there.
    Yields their moments."""
    for moment in part(run, which, **blame):
        if moment.name == "called":
            check_call(run, moment, blame)
        yield moment


def check_call(run, moment, blame):
    va, kind, result = moment.args[:3]
    if result != 0:
        run.wrong(moment, expected=f"{STORES[kind]} to use {va:#x} as the process itself could",
                  found=f"error "
                  f"{number(result)}", va=va, **blame)
    if STORES[kind].startswith("sys_log"):
        return
    data = moment.read(va, STORED_SIZES[kind])
    if data is None:
        run.wrong(moment, expected=f"the answer of {STORES[kind]} at {va:#x}",
                  found="no page there", va=va, **blame)
    size = min(8, len(data))
    answer, mapping = int.from_bytes(data[:size], "little"), moment.lookup(PROC_START_ADDR)
    expected = {1: mapping and mapping.pa, 2: 61, 4: 77}.get(kind, answer or 1)
    if answer != expected:
        run.wrong(moment, expected=f"{expected:#x} at {va:#x}, the answer of {STORES[kind]}",
                  found=f"{answer:#x}",
                  va=va, **blame)
