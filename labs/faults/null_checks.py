"""null_checks.py - what the step null of lab "faults" is judged by"""
import memory
from fault_moments import (ERROR_MIN, GUARD, MEMSIZE_VIRTUAL, PAGESIZE, STACK_LIMIT, STORES,
                           mapped,
                           nothing_at, number, part, pattern, survived, wrong_at)


def page_zero_unmapped(run):
    for moment in part(run):
        mapping = moment.lookup(0)
        if mapping:
            wrong_at(run, moment, mapping, "page 0 in nobody's page table",
                     f"it is mapped to physical page {mapping.pa:#x}: a null pointer can be used",
                     function="resolve_fault",
                     cause="a fault in page 0, which nothing promises, was answered with memory "
                     "instead of being "
                     "refused")


def null_stops(run):
    blame = {"function": "resolve_fault",
             "cause": "an access to page 0 was resolved; nothing is promised there, so it must be "
                      "refused"}
    kernels = {"function": "resolve_present", "cause": "a page that is there but not for the "
                                                       "process (no PTE_U) must "
               "stay closed, whatever the access (or `resolve_fault` gives it another page)"}
    for moment in part(run):
        if moment.name == "survived":
            survived(run, moment, **(blame if moment.args[0] < PAGESIZE else kernels))
        if moment.name == "called" and moment.args[2] < ERROR_MIN:
            run.wrong(moment, expected=f"{STORES[moment.args[1]]} with a null pointer to fail",
                      found="it returned "
                      f"{moment.args[2]}", va=0, **blame)


def guard_stops(run):
    """A stack that overflows is stopped before it meets the heap."""
    blame = {"function": "give_stack", "cause": "nothing guards the page below the stack: there is "
                                                "no guard region, or "
             "memory is mapped or promised there; or resolve_fault resolves what is not promised"}
    top = None
    for moment in part(run):
        if moment.name == "grown":
            top = moment.args[0]
        if moment.name == "survived":
            run.wrong(moment, expected="a stack that overflows to be stopped before it meets the "
                      "heap",
                      found="its process wrote "
                      f"to each page from the stack down to {moment.args[0]:#x}; the heap ends at "
                      f"{top:#x}",
                      va=moment.args[0],
                      **blame)


def heap_meets_guard(run):
    """The heap cannot grow up to the stack's last page: a page stays between them."""
    for moment in part(run):
        if moment.name == "grown":
            top = moment.args[0]
            stack = MEMSIZE_VIRTUAL - PAGESIZE
            if top <= STACK_LIMIT:              # it may grow
                stack = STACK_LIMIT
            guard = next((each for each in moment.memory.regions(moment.pid)
                          if each.label == memory.GUARD), None)
            if top > stack - PAGESIZE and guard:
                run.wrong(moment, expected="the heap to end a page below the stack's lowest one, "
                          f"{stack:#x}, or sooner", found=f"sys_sbrk let it grow to {top:#x}: the "
                          f"guard lies at [{guard.start:#x}, {guard.end:#x})", va=guard.start,
                          function="give_stack", cause="the guard is not right below all that the "
                          "stack may become: the stack's promise is too short (`stack_limit`), or "
                          "the guard lies too high")
            if top > stack - PAGESIZE:
                run.wrong(moment, expected="the heap to end a page below the stack's lowest one, "
                          f"{stack:#x}, or "
                          "sooner",
                          found=f"sys_sbrk let it grow to {top:#x}", va=stack - PAGESIZE,
                          function="give_stack",
                          cause="no guard "
                          "region lies below the stack, so what is there counts as free")


def guard_when_asked(run):
    blame = {"function": "resolve_fault", "cause": "what is in the page table comes before what "
                                                   "the regions say: a "
             "page that sys_page_alloc put in the guard's place can be used until sys_page_free"}
    asked = False
    for moment in part(run, 0, **blame):
        asked |= moment.name == "asked"
        if moment.name == "survived" and asked:
            run.wrong(moment, expected="a guard again, once the page was freed",
                      found="its process went on", va=GUARD,
                      **blame)
        if moment.name in ("asked", "freed") and moment.args[1] != 0:
            call = "sys_page_alloc" if moment.name == "asked" else "sys_page_free"
            run.wrong(moment, expected=f"{call} of the guard's page to return 0",
                      found=f"{number(moment.args[1])}",
                      va=GUARD, function="give_stack", cause="the guard is a promise of nothing, "
                      "not a page")
        if moment.name == "asked":
            mapping = mapped(run, moment, GUARD, "the page that was asked for", **blame)
            if not mapping.writable or not mapping.user:
                wrong_at(run, moment, mapping, "a page that the process can write to", "it cannot",
                         **blame)
        if moment.name == "wrote" and moment.read(GUARD, 8) != pattern(GUARD):
            run.wrong(moment, expected="the word written", found="another one", va=GUARD, **blame)
        if moment.name == "freed":
            nothing_at(run, moment, GUARD, STACK_LIMIT, **blame)
