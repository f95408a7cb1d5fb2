"""told_checks.py - whether lab "faults" calls each fault what it is

A fault that stops a process is told in the log, by a function of the kernel that no student writes:
one line each, in the order in which they happen. A submission that adds lines of its own breaks
that order.
"""
import re

from fault_moments import GUARD, HOW, LABELS, PAGESIZE, STACK_LIMIT

NULL, OVERFLOW = "null pointer access", "stack overflow"
MISSING, NO_MEMORY = "page fault", "out of memory"
OUTCOMES = {NULL: "null_pointer", OVERFLOW: "stack_overflow", MISSING: "refused",
            NO_MEMORY: "out_of_memory"}
LINE = re.compile(r"^fault pid=\d+: Process \d+ (.+?)(?: on (0x[0-9a-f]+))? \(", re.MULTILINE)
NULL_BLAME = {"function": "resolve_fault", "cause": "who touches any byte of page 0 used a null "
                                                    "pointer; elsewhere it "
              "is none"}
GUARD_BLAME = {"function": "give_stack", "cause": "(or `resolve_fault`) an overflow is known by "
                                                  "the guard's region: "
               "it is the page right below the stack, with the label `guard`, and whoever touches "
               "it gets the answer "
               "`stack_overflow`"}
MISSING_BLAME = {"function": "resolve_fault", "cause": "an access that neither the page table nor "
                                                       "a promise permits, "
                 "and that is no null pointer and not in the guard, is `refused`"}
MEMORY_BLAME = {"function": "keep_promise", "cause": "(or `resolve_fault`) when memory is out, the "
                                                     "promise stays, and "
                "the answer is `out_of_memory`, not that the access is forbidden"}
BLAMES = {NULL: NULL_BLAME, OVERFLOW: GUARD_BLAME, MISSING: MISSING_BLAME, NO_MEMORY: MEMORY_BLAME}


def names_at(va):
    """What a fault at `va` may be called in the small machine; the guard may be deeper than a
    page."""
    if va < PAGESIZE:
        return (NULL,)
    if GUARD <= va < STACK_LIMIT:
        return (OVERFLOW,)
    return (MISSING, OVERFLOW) if GUARD - PAGESIZE <= va < GUARD else (MISSING,)


def promised_at(moment, va):
    """The label of the region at `va`, or "nothing"."""
    labels = [LABELS[each.label % len(LABELS)] for each in moment.memory.regions(moment.pid)
              if each.start <= va < each.end]
    return labels[0] if labels else "nothing"


def are_told(run, tries, names=names_at, **blame):
    """Each of the faults `tries`, pairs of a moment and an address, is told in the log as what it
    is."""
    told = LINE.findall(run.log())
    for (moment, va), (name, address) in zip(tries, told):
        allowed = names(va)
        if name not in allowed or int(address or "0", 16) != va:
            how = HOW[moment.args[1]] if moment.name == "tried" else "touch"
            blame = blame or BLAMES[allowed[0]]
            if blame is GUARD_BLAME and promised_at(moment, va) == "guard":
                blame = {"function": "resolve_fault", "cause": "the guard's region is there, and "
                         "whoever touches it gets the answer `stack_overflow`"}
            run.wrong(moment, expected=f"the kernel to call a {how} of {va:#x} \"{allowed[0]}\" "
                      f"({OUTCOMES[allowed[0]]})",
                      found=f"\"{name}\"" + (f" on {address}" if address else "") +
                      f"; the regions have {promised_at(moment, va)} there", va=va, **blame)
    if len(told) != len(tries):
        run.wrong(None, expected=f"the kernel to tell of {len(tries)} faults in the log",
                  found=f"it tells of "
                  f"{len(told)}", function="resolve_fault", cause="each access that is not "
                  "possible stops its process, "
                  "and is told once")


def null_is_told(run):
    """The log calls it a null pointer in page 0, and only there."""
    tries = [(moment, moment.args[0]) for moment in run.moments() if moment.name == "tried"]
    are_told(run, tries)


def guard_is_told(run):
    """The page right below the stack is the guard, and the log calls a touch there a stack
    overflow."""
    touched = None
    for moment in run.moments():
        if moment.name == "touch":
            touched = moment
    if not touched:
        run.wrong(None, expected="a stack that overflows", found="none", **GUARD_BLAME)
    are_told(run, [(touched, touched.args[0])], lambda va: (OVERFLOW,))


def audit_finds_nothing(run):
    """While processes come and go, the kernel compares all counts with all page tables, and finds
    nothing."""
    ended = run.until_idle()
    found = re.findall(r"^audit: (.*)$", run.log(), re.MULTILINE)
    if found:
        run.wrong(ended.moment, expected="nothing to be found in all memory (audit=on)",
                  found=found[0], function="inherit_page", cause="(or `resolve_write`) who refers "
                  "to a page counts, and who gives it up is counted out again; the last one has it")
    if "process pid=1 program=exit" not in run.log():
        run.wrong(ended.moment, expected="the program exit to run", found="it did not start")
