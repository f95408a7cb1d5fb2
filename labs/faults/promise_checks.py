"""promise_checks.py - what the steps null, heap and stack of lab "faults" are judged by

Each function that checks.toml names is one property of a run.
"""
from fault_moments import (ERROR_MIN, GUARD, HOW, MEMSIZE_VIRTUAL, PAGESIZE, PROC_START_ADDR, STACK_LIMIT, STORES,
                           TO_READ, TO_WRITE, calls_find_pages, check_bytes, check_page, fresh, mapped, nobody_survives,
                           nothing_at, number, page_of, part, pattern, survived, wrong_at)


# Step null

def page_zero_unmapped(run):
    for moment in part(run):
        mapping = moment.lookup(0)
        if mapping:
            wrong_at(run, moment, mapping, "page 0 in nobody's page table",
                     f"it is mapped to physical page {mapping.pa:#x}: a null pointer can be used",
                     function="resolve_fault",
                     cause="a fault in page 0, which nothing promises, was answered with memory instead of being "
                     "refused")


def null_stops(run):
    blame = {"function": "resolve_fault",
             "cause": "an access to page 0 was resolved; nothing is promised there, so it must be refused"}
    kernels = {"function": "resolve_present", "cause": "a page that is there but not for the process (no PTE_U) must "
               "stay closed, whatever the access (or `resolve_fault` gives it another page)"}
    for moment in part(run):
        if moment.name == "survived":
            survived(run, moment, **(blame if moment.args[0] < PAGESIZE else kernels))
        if moment.name == "called" and moment.args[2] < ERROR_MIN:
            run.wrong(moment, expected=f"{STORES[moment.args[1]]} with a null pointer to fail", found="it returned "
                      f"{moment.args[2]}", va=0, **blame)


def guard_stops(run):
    """A stack that overflows is stopped before it meets the heap."""
    blame = {"function": "give_stack", "cause": "nothing guards the page below the stack: there is no guard region, or "
             "memory is mapped or promised there; or resolve_fault resolves what is not promised"}
    top = None
    for moment in part(run):
        if moment.name == "grown":
            top = moment.args[0]
        if moment.name == "survived":
            run.wrong(moment, expected="a stack that overflows to be stopped before it meets the heap",
                      found="its process wrote "
                      f"to each page from the stack down to {moment.args[0]:#x}; the heap ends at {top:#x}",
                      va=moment.args[0],
                      **blame)


def heap_meets_guard(run):
    """The heap cannot grow up to the stack's last page: a page stays between them."""
    for moment in part(run):
        if moment.name == "grown":
            top = moment.args[0]
            stack = STACK_LIMIT if top <= STACK_LIMIT else MEMSIZE_VIRTUAL - PAGESIZE       # may it grow?
            if top > stack - PAGESIZE:
                run.wrong(moment, expected=f"the heap to end a page below the stack's lowest one, {stack:#x}, or "
                          "sooner",
                          found=f"sys_sbrk let it grow to {top:#x}", va=stack - PAGESIZE, function="give_stack",
                          cause="no guard "
                          "region lies below the stack, so what is there counts as free")


def guard_when_asked(run):
    blame = {"function": "resolve_fault", "cause": "what is in the page table comes before what the regions say: a "
             "page that sys_page_alloc put in the guard's place can be used until sys_page_free"}
    asked = False
    for moment in part(run, 0, **blame):
        asked |= moment.name == "asked"
        if moment.name == "survived" and asked:
            run.wrong(moment, expected="a guard again, once the page was freed", found="its process went on", va=GUARD,
                      **blame)
        if moment.name in ("asked", "freed") and moment.args[1] != 0:
            call = "sys_page_alloc" if moment.name == "asked" else "sys_page_free"
            run.wrong(moment, expected=f"{call} of the guard's page to return 0", found=f"{number(moment.args[1])}",
                      va=GUARD, function="give_stack", cause="the guard is a promise of nothing, not a page")
        if moment.name == "asked":
            mapping = mapped(run, moment, GUARD, "the page that was asked for", **blame)
            if not mapping.writable or not mapping.user:
                wrong_at(run, moment, mapping, "a page that the process can write to", "it cannot", **blame)
        if moment.name == "wrote" and moment.read(GUARD, 8) != pattern(GUARD):
            run.wrong(moment, expected="the word written", found="another one", va=GUARD, **blame)
        if moment.name == "freed":
            nothing_at(run, moment, GUARD, STACK_LIMIT, **blame)


# Steps heap and stack: pages that come when they are touched

def touches(run, which, span, **blame):
    """(moment, va, how, pages before) of each touch in a part; each brought exactly its page of the addresses `span`,
    as the process may use it."""
    before = None
    for moment in part(run, which, **blame):
        pages = {va for va in moment.own() if va in span}
        if moment.name == "touch":
            before = pages
        if moment.name == "touched":
            va, how = moment.args[:2]
            come = sorted(pages - before - {page_of(va)})
            if come or before - pages:
                run.wrong(moment, expected=f"the {HOW[how]} of {va:#x} to bring its page and no other",
                          found=f"{len(come)} others came: {', '.join(map(hex, come[:3]))}", va=(come or [va])[0],
                          function="keep_promise", cause="a fault brings one page, the one that was touched")
            check_page(run, moment, va, how, blame)
            yield moment, va, how, before


def heap_is_lazy(run):
    blame = {"function": "extend_heap", "cause": "extend_heap brings pages; it should only add a region that promises "
             "them"}
    for moment in part(run, 0, **blame):
        if moment.name != "promised":
            continue
        base, count, result = moment.args[:3]
        if result != base:
            run.wrong(moment, expected=f"sys_sbrk to return the heap's old end, {base:#x}", found=f"{number(result)}",
                      va=base, **blame)
        nothing_at(run, moment, base, base + count * PAGESIZE, **blame)
        return


def heap_touched(run):
    blame = {"function": "keep_promise", "cause": "a promised page must come when it is touched, alone, with the "
             "permissions of "
             "the region (which `extend_heap` gives: PTE_PWU | PTE_XD), and be the process's own once it is written"}
    for _ in touches(run, 0, range(PROC_START_ADDR, STACK_LIMIT), **blame):
        pass


def heap_of_zeros(run):
    blame = {"function": "keep_promise", "cause": "a new page has arbitrary contents until somebody clears it"}
    written = {}
    for moment, va, how, _ in touches(run, 0, range(PROC_START_ADDR, STACK_LIMIT), **blame):
        if how == TO_WRITE:
            written[page_of(va)] = va
        expected = fresh(moment, written.get(page_of(va), va), TO_WRITE if page_of(va) in written else TO_READ)
        check_bytes(run, moment, page_of(va), expected, "zeros but for what the process wrote", **blame)


def heap_pages_differ(run):
    """A page that was written is not seen at another address."""
    blame = {"function": "keep_promise", "cause": "two addresses have one page, and it is written through: the page of "
             "zeros must never be writable, and a first write must bring a page of its own"}
    for moment in part(run, 0, **blame):
        own = moment.own()
        for mapping in own.values():
            others = [other for other in own.values() if other.pa == mapping.pa and other.va != mapping.va]
            if others and mapping.writable:
                wrong_at(run, moment, mapping, "a page of its own at each address that can be written",
                         f"{others[0].va:#x} has the same physical page", **blame)
            if mapping.writable and mapping.pa // PAGESIZE not in run.memory_pages:
                wrong_at(run, moment, mapping, "a page of its own", "a page of the kernel, writable", **blame)


def heap_calls(run):
    for _ in calls_find_pages(run, function="resolve_fault", cause="the kernel asks resolve_fault before it touches "
                              "what "
                              "a process points to, without a fault having happened: the error code then says only "
                              "what access it will be, for a process"):
        pass


def heap_shrinks(run):
    blame = {"function": "extend_heap", "cause": "what sys_sbrk took back is still there or still promised"}
    for moment in nobody_survives(run, 1, **blame):
        if moment.name in ("shrunk", "regrown"):
            nothing_at(run, moment, *moment.args[:2], **blame)
        if moment.name == "touched":
            va, how = moment.args[:2]
            check_page(run, moment, va, how, blame)
            check_bytes(run, moment, page_of(va), fresh(moment, va, how), "zeros where the heap has grown again",
                        function="keep_promise", cause="a page that comes again must be zeros")


def heap_has_an_end(run):
    for _ in nobody_survives(run, 2, function="extend_heap", cause="the heap's region promises too much or too little: "
                             "look at "
                             "its start and end, and at its permissions, to read and to write; resolve_fault must "
                             "refuse what no region promises"):
        pass


def more_than_memory(run):
    """Who promises itself more than there is stops when memory is out, and gives all of it back."""
    blame = {"function": "keep_promise", "cause": "when memory is out, `keep_promise` must say so (out_of_memory) with "
             "nothing changed: then its process stops, and its memory is free for others"}
    counts = []
    for moment in part(run, **blame):
        if moment.name == "promised" and moment.args[2] >= ERROR_MIN:
            run.wrong(moment, expected="a promise of more than all memory", found=f"sys_sbrk returned "
                      f"{number(moment.args[2])}", function="extend_heap", cause="a promise takes no memory: it is "
                      "refused only where addresses end")
        if moment.name == "gone":
            count, kept = moment.args[2:]
            for va in (kept, kept + PAGESIZE):
                check_bytes(run, moment, va, fresh(moment, va, TO_WRITE), "what the parent wrote", **blame)
            if count < len(run.memory_pages) - 80:
                run.wrong(moment, expected=f"most of {len(run.memory_pages)} pages before memory is out",
                          found=f"the process was stopped after {count}", **blame)
            if counts and count < counts[0] - 12:
                run.wrong(moment, expected=f"about {counts[0]} pages again for the next process", found=f"{count}",
                          **blame)
            counts.append(count)


STACK = range(STACK_LIMIT, MEMSIZE_VIRTUAL - PAGESIZE)
STACK_BLAME = {"function": "give_stack", "cause": "the stack's region must promise all its pages, 16 with the first, "
               "readable and writable"}


def stack_grows(run):
    for moment, va, how, before in touches(run, 0, STACK, **STACK_BLAME):
        if page_of(va) in before:
            run.wrong(moment, expected="no page of the stack before it is touched", found="one is there", va=va,
                      **STACK_BLAME)
        check_bytes(run, moment, page_of(va), fresh(moment, va, how), "zeros", function="keep_promise",
                    cause="a page of the stack is given with what was in it before")


def stack_in_any_order(run):
    for _ in touches(run, (1, 2), STACK, function="resolve_fault", cause="each page of the stack's region is promised "
                     "by itself (`give_stack`), whichever pages are there already"):
        pass


def stack_has_a_limit(run):
    blame = {"function": "give_stack", "cause": "the stack's promise reaches too far, or nothing guards the page below "
             "it; and stack_limit must say what give_stack does"}
    full = False
    for moment in nobody_survives(run, 3, **blame):
        full |= moment.name == "full"
        nothing_at(run, moment, GUARD, STACK_LIMIT, **blame)
    if not full:
        run.wrong(None, expected="a stack of 16 pages", found="fewer", **STACK_BLAME)


def stack_calls(run):
    blame = {"function": "resolve_fault", "cause": "the kernel, too, must find memory where the stack is promised, and "
             "none in the guard: user_memory asks resolve_fault before it copies"}
    for moment in calls_find_pages(run, **blame):
        if moment.name == "refused" and moment.args[1] < ERROR_MIN:
            run.wrong(moment, expected=f"a system call to refuse {moment.args[0]:#x}, below the stack",
                      found=f"it returned {moment.args[1]}", va=moment.args[0], **blame)
