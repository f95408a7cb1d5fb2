"""stack_checks.py - what the step stack of lab "faults" is judged by"""
from memory import BIG_MEMSIZE_VIRTUAL

from fault_moments import (ERROR_MIN, GUARD, MEMSIZE_VIRTUAL, PAGESIZE, STACK_LIMIT,
                           calls_find_pages, check_bytes,
                           fresh, nobody_survives, nothing_at, once_more, page_of)
from promise_checks import touches
from told_checks import OVERFLOW, are_told

BIG_STACK = range(BIG_MEMSIZE_VIRTUAL - 0x800000, BIG_MEMSIZE_VIRTUAL - PAGESIZE)
STACK = range(STACK_LIMIT, MEMSIZE_VIRTUAL - PAGESIZE)
STACK_BLAME = {"function": "give_stack", "cause": "the stack's region must promise all its pages, "
                                                  "16 with the first, "
               "readable and writable"}


def stack_grows(run):
    for moment, va, how, before in touches(run, 0, STACK, **STACK_BLAME):
        if page_of(va) in before:
            run.wrong(moment, expected="no page of the stack before it is touched",
                      found="one is there", va=va,
                      **STACK_BLAME)
        check_bytes(run, moment, page_of(va), fresh(moment, va, how), "zeros",
                    function="keep_promise",
                    cause="a page of the stack is given with what was in it before")


def stack_in_any_order(run):
    for _ in touches(run, (1, 2), STACK, function="resolve_fault", cause="each page of the stack's "
                     "region is promised "
                     "by itself (`give_stack`), whichever pages are there already"):
        pass


def stack_has_a_limit(run):
    blame = {"function": "give_stack", "cause": "the stack's promise reaches too far, or nothing "
                                                "guards the page below "
             "it; and stack_limit must say what give_stack does"}
    full, tries = False, []
    for moment in nobody_survives(run, 3, **blame):
        full |= moment.name == "full"
        if moment.name == "tried":
            tries.append((moment, moment.args[0]))
        nothing_at(run, moment, GUARD, STACK_LIMIT, **blame)
    if not full:
        run.wrong(None, expected="a stack of 16 pages", found="fewer", **STACK_BLAME)
    are_told(run, tries)


def stack_is_deep(run):
    """In the big machine a stack has 8 MiB, each page promised, and the guard lies below them."""
    blame = {"function": "stack_limit", "cause": "in the big machine (where `user_end` is not "
                                                 "MEMSIZE_VIRTUAL) a stack "
             "may have 8 MiB, and `give_stack` promises as much as `stack_limit` says"}
    tries = []
    for _ in touches(run, 0, BIG_STACK, **blame):
        pass
    for moment in nobody_survives(once_more(run), 0, **blame):
        if moment.name == "tried":
            tries.append((moment, moment.args[0]))
    are_told(run, tries, lambda va: (OVERFLOW,))


def stack_calls(run):
    blame = {"function": "resolve_fault", "cause": "the kernel, too, must find memory where the "
                                                   "stack is promised, and "
             "none in the guard: user_memory asks resolve_fault before it copies"}
    for moment in calls_find_pages(run, **blame):
        if moment.name == "refused" and moment.args[1] < ERROR_MIN:
            run.wrong(moment, expected=f"a system call to refuse {moment.args[0]:#x}, below the "
                      "stack",
                      found=f"it returned {moment.args[1]}", va=moment.args[0], **blame)
