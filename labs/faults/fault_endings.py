"""fault_endings.py - why a run of lab "faults" did not come to its next moment, as far as memory
tells

The grader knows how such a run ended. What is added here is which of the lab's functions can make
it end so.
"""
import re

from memory import MEMSIZE_VIRTUAL, PAGESIZE, PTE_COW, PTE_P, PTE_W

STACK_TOP = MEMSIZE_VIRTUAL - PAGESIZE
AGAIN = ("the fault was called resolved, but what was done does not permit the access, so the same "
         "fault comes again for ever. ")


def likely(run, last, ending, blame):
    """What to say, {"function": ..., "cause": ..., ...}, about a run that ended after the moment
    `last`; or nothing. `blame`: what the property says itself."""
    if freed := re.search(r"kfree of page (0x[0-9a-f]+)", run.log()):
        return freed_too_often(last, int(freed[1], 16))
    if not ending.stop:
        return {}
    end = run.moment_of(ending.stop)
    return faults_for_ever(last, end, blame) if ending.kind == "limit" else lost_stack(last, end)


def freed_too_often(last, pa):
    is_table = pa in {table for table, *_ in last.tables()}
    return {"pa": pa, "function": "share_tables" if is_table else "inherit_page",
            "cause": f"a page{' table' * is_table} was given back more often than it was shared: "
            "each page table that refers to it counts (refcount)"}


def faults_for_ever(last, end, blame):
    """The process that was running when the time was over had a fault that did not go away."""
    va = end.registers.get("cr2", 0)
    mapping = last.lookup(va, last.cr3)
    entry = end.memory.number(mapping.entry_pa) if mapping else 0
    if entry & PTE_P and not entry & PTE_W and entry & PTE_COW:
        return {"va": va, "pa": mapping.pa, "entry": entry, "function": "resolve_write",
                "cause": AGAIN + "The page is copy-on-write, and stays so: its writer's entry "
                "needs PTE_W, and no PTE_COW"}
    if last.name in ("touch", "try", "call"):
        function = "resolve_fault" if last.name == "try" else blame.get("function")
        return {"va": last.args[0], "function": function, "cause": AGAIN + blame.get("cause", "")}
    return {}


def lost_stack(last, end):
    """The process has another stack than it had, without what was there."""
    now = end.lookup(STACK_TOP, last.cr3)
    returns_to = end.read(MEMSIZE_VIRTUAL - 8, 8, last.cr3)     # which never changes
    if not now or any(returns_to):
        return {}
    return {"va": MEMSIZE_VIRTUAL - 8, "pa": now.pa, "entry": now.entry,
            "function": "resolve_write", "cause": "the process's stack became another page when it "
            "was written to, and what was there is lost: a copy must have all that the shared page "
            "has (or resolve_fault takes a page that is there for one that is only promised)"}
