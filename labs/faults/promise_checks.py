"""promise_checks.py - what the step heap of lab "faults" is judged by, and what it shares with the
step stack

Each function that checks.toml names is one property of a run.
"""
from fault_moments import (ERROR_MIN, HOW, NOT_ALLOWED, PAGESIZE, PROC_START_ADDR, STACK_LIMIT,
                           TO_WRITE,
                           calls_find_pages, check_bytes, check_page, fresh, mapped,
                           nobody_survives, nothing_at,
                           number, once_more, page_of, part, pattern, wrong_at)
from told_checks import NO_MEMORY, are_told


def touches(run, which, span, **blame):
    """(moment, va, how, pages before) of each touch in a part; each brought exactly its page of the
    addresses `span`, as the process may use it."""
    before = None
    for moment in part(run, which, **blame):
        pages = {va for va in moment.own() if va in span}
        if moment.name == "touch":
            before = pages
        if moment.name == "touched":
            va, how = moment.args[:2]
            come = sorted(pages - before - {page_of(va)})
            if come or before - pages:
                run.wrong(moment, expected=f"the {HOW[how]} of {va:#x} to bring its page and no "
                          "other",
                          found=f"{len(come)} others came: {', '.join(map(hex, come[:3]))}",
                          va=(come or [va])[0],
                          function="keep_promise", cause="a fault brings one page, the one that "
                          "was touched")
            check_page(run, moment, va, how, blame)
            yield moment, va, how, before


def heap_is_lazy(run):
    blame = {"function": "extend_heap", "cause": "extend_heap brings pages; it should only add a "
                                                 "region that promises "
             "them"}
    for moment in part(run, 0, **blame):
        if moment.name != "promised":
            continue
        base, count, result = moment.args[:3]
        if result != base:
            run.wrong(moment, expected=f"sys_sbrk to return the heap's old end, {base:#x}",
                      found=f"{number(result)}",
                      va=base, **blame)
        nothing_at(run, moment, base, base + count * PAGESIZE, **blame)
        return


def heap_touched(run):
    blame = {"function": "keep_promise", "cause": "a promised page must come when it is touched, "
                                                  "alone, with the "
             "permissions of "
             "the region (which `extend_heap` gives: PTE_PWU | PTE_XD), and be the process's own "
             "once it is written"}
    for _ in touches(run, 0, range(PROC_START_ADDR, STACK_LIMIT), **blame):
        pass


def heap_of_zeros(run):
    blame = {"function": "keep_promise", "cause": "a new page has arbitrary contents until "
                                                  "somebody clears it"}
    expected = {}                                   # bytes by page
    for moment, va, how, _ in touches(run, 0, range(PROC_START_ADDR, STACK_LIMIT), **blame):
        its = expected.setdefault(page_of(va), bytearray(PAGESIZE))
        if how == TO_WRITE:
            its[va % PAGESIZE:va % PAGESIZE + 8] = pattern(va)
        check_bytes(run, moment, page_of(va), bytes(its), "zeros but for what the process wrote",
                    **blame)


def heap_pages_differ(run):
    """A page that was written is not seen at another address."""
    blame = {"function": "keep_promise", "cause": "two addresses have one page, and it is written "
                                                  "through: the page of "
             "zeros must never be writable, and a first write must bring a page of its own"}
    for moment in part(run, 0, **blame):
        own = moment.own()
        for mapping in own.values():
            others = [other for other in own.values() if other.pa == mapping.pa
                      and other.va != mapping.va]
            if others and mapping.writable:
                wrong_at(run, moment, mapping, "a page of its own at each address that can be "
                                               "written",
                         f"{others[0].va:#x} has the same physical page", **blame)
            if mapping.writable and mapping.pa // PAGESIZE not in run.memory_pages:
                wrong_at(run, moment, mapping, "a page of its own",
                         "a page of the kernel, writable", **blame)


def heap_calls(run):
    for _ in calls_find_pages(run, function="resolve_fault", cause="the kernel asks resolve_fault "
                              "before it touches "
                              "what "
                              "a process points to, without a fault having happened: the error "
                              "code then says only "
                              "what access it will be, for a process"):
        pass


def heap_shrinks(run):
    blame = {"function": "extend_heap", "cause": "what sys_sbrk took back is still there or still "
                                                 "promised"}
    for moment in nobody_survives(run, 1, **blame):
        if moment.name in ("shrunk", "regrown"):
            nothing_at(run, moment, *moment.args[:2], **blame)
        if moment.name == "touched":
            va, how = moment.args[:2]
            check_page(run, moment, va, how, blame)
            check_bytes(run, moment, page_of(va), fresh(moment, va, how), "zeros where the heap "
                        "has grown again",
                        function="keep_promise", cause="a page that comes again must be zeros")


def heap_has_an_end(run):
    """What was never promised stops who touches it, and so does code in the heap; the log says
    how."""
    blame = {"function": "extend_heap", "cause": "the heap's region promises too much or too "
                                                 "little: look at its start "
             "and end, and at its permissions, to read and to write; resolve_fault must refuse "
             "what no region promises"}
    for _ in nobody_survives(run, 2, **blame):
        pass
    tries = [moment for moment in part(once_more(run), **blame) if moment.name == "tried"]
    are_told(run, [(moment, moment.args[0]) for moment in tries])


def promise_is_protected(run):
    """What comes for a promise has the permissions that the promise has by then; one that cannot be
    made is refused."""
    blame = {"function": "resolve_fault", "cause": "a touch is granted only if the promise's "
                                                   "permissions allow it, and "
             "what comes has them (`keep_promise`): sys_mprotect may have changed them since"}
    for moment in nobody_survives(run, 3, **blame):
        va = moment.args[0]
        if moment.name == "refused" and moment.args[1] != NOT_ALLOWED:
            run.wrong(moment, expected=f"a system call to refuse {va:#x}, which is PROT_NONE, with "
                      "E_FAULT",
                      found=f"it returned {number(moment.args[1])}", va=va, **blame)
        if moment.name == "code":
            mapping = mapped(run, moment, va, "a page where PROT_READ | PROT_EXEC was promised",
                             **blame)
            if not mapping.executable or mapping.writable:
                wrong_at(run, moment, mapping, "the permissions of the promise: to read and to "
                                               "execute", "others",
                         function="keep_promise", cause="the permissions are those of the promise, "
                         "`promise.perm`")
        if moment.name == "touched":
            check_page(run, moment, va, moment.args[1], blame)
    refuse = {"function": "extend_heap", "cause": "if the promise cannot be made, since there are "
                                                  "too many of them, "
              "sys_sbrk must say so"}
    for moment in part(once_more(run), 4, **refuse):
        if moment.name != "crowded" or moment.args[1] < ERROR_MIN:
            continue
        if moment.args[2] != moment.args[0]:
            run.wrong(moment, expected=f"the heap to end at {moment.args[0]:#x}, as before",
                      found=f"it ends at "
                      f"{moment.args[2]:#x}", va=moment.args[0], **refuse)


def more_than_memory(run):
    """Who promises itself more than there is stops when memory is out, and gives all of it back."""
    blame = {"function": "keep_promise", "cause": "when memory is out, `keep_promise` must say so "
                                                  "(out_of_memory) with "
             "nothing changed: then its process stops, and its memory is free for others"}
    counts, stops = [], []
    for moment in part(run, **blame):
        if moment.name == "promised":
            base = moment.args[0]
        if moment.name == "promised" and moment.args[2] >= ERROR_MIN:
            run.wrong(moment, expected="a promise of more than all memory", found="sys_sbrk "
                      "returned "
                      f"{number(moment.args[2])}", function="extend_heap", cause="a promise takes "
                      "no memory: it is "
                      "refused only where addresses end")
        if moment.name == "gone":
            count, kept = moment.args[2:]
            for va in (kept, kept + PAGESIZE):
                check_bytes(run, moment, va, fresh(moment, va, TO_WRITE), "what the parent wrote",
                            **blame)
            if count < len(run.memory_pages) - 80:
                run.wrong(moment, expected=f"most of {len(run.memory_pages)} pages before memory "
                          "is out",
                          found=f"the process was stopped after {count}", **blame)
            if counts and count < counts[0] - 12:
                run.wrong(moment, expected=f"about {counts[0]} pages again for the next process",
                          found=f"{count}",
                          **blame)
            counts.append(count)
            stops.append((moment, base + count * PAGESIZE))
    are_told(run, stops, lambda va: (NO_MEMORY,))
