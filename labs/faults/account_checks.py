"""account_checks.py - whether what the kernel of lab "faults" says of memory is true

Counts, owners and free pages are worked out anew from all page tables (tests/problems.py); what
came for a fault is seen in the page table of its process.
"""
import re

from fault_moments import LABELS, PAGESIZE, STACK_LIMIT, part
from memory import HEAP, PTE_COW, PTE_W
from told_checks import promised_at

KINDS = ("FAULT_ZERO", "FAULT_HEAP", "FAULT_STACK", "FAULT_COPY", "FAULT_REUSE",
         "FAULT_TABLE")     # lib/abi.hh
FAULT_ZERO, FAULT_HEAP, FAULT_STACK, FAULT_COPY, FAULT_REUSE, _ = range(len(KINDS))
PROMISED, WRITTEN = (FAULT_ZERO, FAULT_HEAP, FAULT_STACK), (FAULT_COPY, FAULT_REUSE)
SOURCES = ("zeros", "nothing", "file")
OWNERS = {-4: "PO_FILE", -3: "PO_SHARED", -2: "PO_KERNEL", -1: "PO_RESERVED", 0: "PO_FREE"}
LOST = "; a page that no page table has, and that is not free, is lost"


def in_words(sentence):
    """A sentence about what does not agree, as a person reads it."""
    def region_in_words(region):
        start, end, _, source, label = (int(number) for number in region.groups())
        return (f"[{start:#x}, {end:#x}) (label {LABELS[label % len(LABELS)]}, "
                f"source {SOURCES[source % len(SOURCES)]})")

    def references_in_words(found):
        having = [f"process {pid} at {int(va):#x} ({'writable' if writes == 'True' else 'read-only'})"
                  for pid, va, writes in re.findall(r"\((-?\d+), (\d+), (True|False)\)", found[1])]
        return "in the page table of " + (", ".join(having) or "nobody")

    def owner_in_words(found):
        return f"owner {OWNERS.get(int(found[1]), found[1])},"
    sentence = re.sub(r"Region\(start=(\d+), end=(\d+), perm=(\d+), source=(\d+), label=(\d+), "
                      r"faults=\d+\)", region_in_words, sentence)
    sentence = re.sub(r"references \[(.*?)\]", references_in_words, sentence)
    return re.sub(r"owner (-?\d+),", owner_in_words, sentence)


def only_possible_blame(sentence):
    """Who is to blame for what does not agree, if there is one function that does it whatever the
    process was doing; otherwise nothing."""
    entry = re.search(r"entry (0x[0-9a-f]+) for", sentence)
    if entry and int(entry[1], 16) & (PTE_W | PTE_COW) == PTE_W | PTE_COW:
        return {"function": "resolve_write", "cause": "a page that its process can write to again "
                "has PTE_W, and no PTE_COW any more"}
    if "is a guard that promises" in sentence:
        if f"label={HEAP}," in sentence:
            return {"function": "extend_heap", "cause": "the source of the heap's promise is "
                    "`zeros`: with `nothing` no page ever comes"}
        return {"function": "give_stack", "cause": "the guard's source is `nothing`, and its label "
                "`guard`"}
    if re.search(r"table for .* of \[\d+, .*\]: the entry above is", sentence):
        return {"function": "share_tables", "cause": "no entry above a table that several use "
                "allows writes, or one of them would write for all"}
    return {}


def is_anothers(sentence):
    """Whether a page that one process has alone, and can write to, is said to be another's."""
    return re.search(r"\(owner [1-9]\d*, refcount 1, .*True\)\]\): the owner should be", sentence)


def agrees(run, moment, **blame):
    """Counts, owners, regions and free pages are what follows from all page tables."""
    found = moment.memory.problems()
    if found and is_anothers(found[0]) and blame.get("function") in ("extend_heap", "keep_promise"):
        blame = {"function": "resolve_write", "cause": "(or `leave_pages`) a copy belongs to the "
                 "process that wrote, and so does a page that nobody else has any more"}
    if found and "is shared, but writable" in found[0] and moment.name != "wrote":
        blame = {"function": "inherit_page", "cause": "a page that two processes have can be "
                 "written by neither: both entries lose PTE_W and get PTE_COW"}
    if found:
        run.wrong(moment, expected="what `pageinfo` and the regions say to agree with all page "
                  "tables", found=in_words(found[0]), **{**blame, **only_possible_blame(found[0])})


def promise_faults(moment, va):
    """How many faults the region of `va` has counted, or None if nothing is promised there."""
    return next((each.faults for each in moment.memory.regions(moment.pid)
                 if each.start <= va < each.end), None)


def kind_of_touch(moment, before, va):
    """The kind of fault that the touch of `va` was, as the page table tells; None if it was
    none."""
    zeros = moment.memory.zero_page
    was, now = before.lookup(va), moment.lookup(va)
    if not now or was and was.pa == now.pa:
        return None
    if now.pa == zeros:
        return FAULT_ZERO
    return FAULT_STACK if va >= STACK_LIMIT else FAULT_HEAP


def label_blame(moment, kind):
    """Who is to blame if what came for the heap or the stack is told as something else: who gave
    the region its label, if it is the wrong one, or who does not go by it."""
    expected = {FAULT_HEAP: "heap", FAULT_STACK: "stack"}.get(kind)
    label = promised_at(moment, moment.args[0])
    if not expected or label == "nothing":
        return {}
    if label == expected:
        return {"cause": f"the region there has the label `{label}`, and that decides which fault "
                "it is"}
    return {"function": "give_stack" if expected == "stack" else "extend_heap",
            "cause": f"the region there has the label `{label}`: what a promise is for is its "
            "label, and decides which fault it is"}


def check_kinds(run, moment, before, kinds, expected, **blame):
    """Of these kinds of faults one of the kind `expected` was counted since the moment `before`, or
    none."""
    old, new = (each.memory.faults(moment.pid) for each in (before, moment))
    for kind in kinds:
        count = new[kind] - old[kind]
        if count == (kind == expected):
            continue
        others = [KINDS[each] for each in kinds if new[each] != old[each]]
        name = KINDS[expected] if expected is not None else "no fault"
        run.wrong(moment, expected=f"{name} to be told for what happened here",
                  found=" and ".join(others) or "nothing",
                  va=moment.args[0], **blame)


def check_heap_label(run, moment):
    """What is promised as the heap is called the heap."""
    start, end = moment.memory.heap(moment.pid)
    for each in moment.memory.regions(moment.pid):
        if start <= each.start < end and each.label != HEAP:
            run.wrong(moment, expected=f"the promise at {each.start:#x} to be labelled as the heap",
                      found=f"its label is {LABELS[each.label % len(LABELS)]}", va=each.start,
                      function="extend_heap", cause="sys_sbrk's promise has the label `heap`")


def promises_are_counted(run):
    """What comes for a promise is counted there, and told as what it is; counts and owners agree
    with page tables."""
    blame = {"function": "keep_promise", "cause": "it returns what it did, and counts the fault in "
                                                  "`promise.faults`, "
             "once"}
    before = count_of_zeros = None
    for moment in part(run, **blame):
        zeros = moment.memory.page(moment.memory.zero_page // PAGESIZE).refcount
        if zeros != (count_of_zeros or zeros):
            run.wrong(moment, expected="the page of zeros to have the count that it had",
                      found=f"{zeros} instead of {count_of_zeros}", function="keep_promise",
                      cause="nobody counts its references, since nobody takes them away")
        count_of_zeros = zeros
        if moment.name == "promised":
            agrees(run, moment, function="extend_heap", cause="a promise of the heap is one "
                   "region: pages of `zeros`, "
                   "the heap's label, data's permissions")
            check_heap_label(run, moment)
        if moment.name == "touch":
            before = moment
        if moment.name != "touched" or not before or before.args[0] != moment.args[0]:
            continue
        agrees(run, moment, function="keep_promise", cause="what is mapped counts, once, and "
               "belongs to its process; "
               "the page of zeros is never counted, nor writable in any way" + LOST)
        va = moment.args[0]
        kind = kind_of_touch(moment, before, va)
        check_kinds(run, moment, before, PROMISED, kind, **{**blame, **label_blame(moment, kind)})
        old, new = (promise_faults(each, va) for each in (before, moment))
        if None not in (old, new) and new - old != (kind is not None):
            run.wrong(moment, expected="the promise to count "
                      f"{'this fault' if kind is not None else 'no fault'}",
                      found=f"its count went from {old} to {new}", va=va, **blame)


def copies_are_counted(run):
    """A write to a shared page is told as a copy or as a reuse, and who has a page alone is its
    owner."""
    blame = {"function": "resolve_write", "cause": "it returns FAULT_COPY if the writer got a "
                                                   "copy, and FAULT_REUSE if "
             "nobody else had the page any more"}
    owner = {"function": "resolve_write", "cause": "the page that the writer can write to now is "
                                                   "its own: it owns it, "
             "its entry has PTE_W and no PTE_COW, and the references of a page are counted "
             "(`inherit_page`)" + LOST}
    before = None
    for moment in part(run, **blame):
        if moment.name in ("born", "second"):
            agrees(run, moment, function="inherit_page", cause="a page that two page tables have "
                   "counts two "
                   "(`share_page`), and belongs to nobody alone")
        if moment.name == "writes":
            before = moment
        if moment.name != "wrote":
            continue
        agrees(run, moment, **owner)
        va = moment.args[0]
        was, now = before.lookup(va), moment.lookup(va)
        expected = None if was.writable else FAULT_COPY if moment.args[1] else FAULT_REUSE
        check_kinds(run, moment, before, WRITTEN, expected, **blame)
        found = moment.memory.page(now.pa // PAGESIZE).owner
        if found != moment.pid:
            run.wrong(moment, expected=f"the page to belong to process {moment.pid}, which has it "
                      "alone",
                      found=f"owner {found} in `pageinfo`", va=va, pa=now.pa, entry=now.entry,
                      **owner)


OWN = {"function": "own_table", "cause": "(or `leave_pages`) who has a table alone owns it; who "
       "leaves one leaves nothing there in its own name (PO_SHARED), and the pages are nobody's "
       "from then on (`pages_owner` is 0)" + LOST}
LEAVE = {"function": "leave_pages", "cause": OWN["cause"].replace("leave_pages", "own_table")}
COUNT = {"function": "share_tables", "cause": "(or `own_table`, `leave_pages`) a table counts each "
         "process that uses it: one more when it is shared, one less when one of them has a table "
         "of its own, or has gone"}


def is_undercounted(sentence):
    """Whether a table is said to count fewer processes than use it."""
    found = re.search(r"table for .* of \[(.*)\]: refcount (\d+)", sentence)
    return found and int(found[2]) < len(found[1].split(","))


def agrees_about_tables(run, moment):
    """The same, once somebody has left a table: the pages in it are what `leave_pages` is for."""
    found = moment.memory.problems()
    is_of_pages = found and ("its pages belong" in found[0] or "owner should be" in found[0])
    is_of_count = found and is_undercounted(found[0])
    agrees(run, moment, **(LEAVE if is_of_pages else COUNT if is_of_count else OWN))


def tables_are_counted(run):
    """Shared tables, and the pages in them, have the counts and owners that follow from all page
    tables."""
    share = {"function": "share_tables", "cause": "a shared table counts each process that uses "
             "it, belongs to PO_SHARED, and knows whose the pages in it are (`pages_owner`)"}
    for moment in part(run, **OWN):
        if moment.name == "born" and not any("its pages belong" in each
                                             for each in moment.memory.problems()):
            agrees(run, moment, **share)
        if moment.name in ("born", "wrote", "changed", "alone", "end"):
            agrees_about_tables(run, moment)
