"""mapping_checks.py - what the steps look and copy of lab "start" are judged by"""
import re

from memory import ADDRESS_BITS, MEMSIZE_VIRTUAL, PTE_P, PTE_U, PTE_W, PTE_XD

from first_checks import first_moment

PERMISSIONS = PTE_P | PTE_W | PTE_U | PTE_XD


def permissions(mapping):
    return (PTE_P | (PTE_W if mapping.writable else 0) | (PTE_U if mapping.user else 0)
            | (0 if mapping.executable else PTE_XD))


def original(run, moment):
    """The page table that process 1 had before it was copied."""
    return moment.memory.number(run.kernel["page_table_original"]) & ADDRESS_BITS


def lines(run, word):
    return [line for line in run.log().splitlines() if re.match(rf"{word}\b", line)
            and "va=" in line]


def compare_lines(run, moment, found, expected, blame):
    """The log's lines are the expected ones: (address, line)."""
    for (va, line), said in zip(expected, found):
        if said != line:
            run.wrong(moment, expected=f"the line \"{line}\"", found=f"\"{said}\"", va=va,
                      root=original(run, moment),
                      **blame)
    if len(found) < len(expected):
        va, line = expected[len(found)]
        run.wrong(moment, expected=f"{len(expected)} lines in the log; the next one is \"{line}\"",
                  found=f"{len(found)} lines",
                  va=va, root=original(run, moment), **blame)
    if len(found) > len(expected):
        run.wrong(moment, expected=f"{len(expected)} lines", found=f"{len(found)}, such as "
                  f"\"{found[len(expected)]}\"",
                  **blame)


def look_says_what_is(run):
    moment = first_moment(run)
    blame = {"function": "look", "cause": "vmiter(pagetable, va) says what `va` is mapped to: its "
                                          "present(), pa(), and "
             "of its perm() what `permissions` has"}
    expected = []
    start, count = run.kernel["look_addresses"], moment.memory.number(run.kernel["look_count"])
    for index in range(count):
        va = moment.memory.number(start + 8 * index)
        mapping = moment.lookup(va, original(run, moment))
        what = "unmapped"
        if mapping:
            what = f"pa={mapping.pa + va - mapping.va:#x} perm={permissions(mapping):#x}"
        expected.append((va, f"look va={va:#x} {what}"))
    compare_lines(run, moment, lines(run, "look"), expected, blame)


def tables_to_compare(run):
    """(moment, what the original maps, what the copy maps), by address."""
    moment = first_moment(run)
    copy = run.kernel["page_table_copy"]
    return moment, *({mapping.va: mapping for mapping in moment.mappings(root)
                      if mapping.va < MEMSIZE_VIRTUAL}
                     for root in (original(run, moment), copy))


def copy_maps_the_same(run):
    moment, source, copy = tables_to_compare(run)
    blame = {"function": "copy_mappings", "root": run.kernel["page_table_copy"]}
    for va, mapping in source.items():
        other = copy.get(va)
        if not other or other.pa != mapping.pa:
            run.wrong(moment, expected=f"{va:#x} mapped to {mapping.pa:#x} in the copy",
                      found=f"{other.pa:#x}" if other
                      else "nothing", va=va, pa=mapping.pa, cause="a page of the original is left "
                      "out, or mapped to "
                      "another "
                      "page: begin at address 0, and go through all that is mapped below "
                      "MEMSIZE_VIRTUAL", **blame)
        if permissions(other) != permissions(mapping):
            run.wrong(moment, expected=f"permissions {permissions(mapping):#x} at {va:#x}",
                      found=f"{permissions(other):#x}",
                      va=va, pa=mapping.pa, entry=other.entry, cause="the permissions are not "
                      "those of the original: "
                      "it.perm() has them", **blame)
    for va, other in copy.items():
        if va not in source:
            run.wrong(moment, expected=f"nothing at {va:#x}, as in the original",
                      found=f"a mapping to {other.pa:#x}",
                      va=va,
                      pa=other.pa, entry=other.entry,
                      cause="what is not present must not be mapped", **blame)


def copy_is_used(run):
    moment = first_moment(run)
    copy = run.kernel["page_table_copy"]
    if "copy out of memory" in run.log():
        run.wrong(moment, expected="copy_mappings to return 0", found="it returned an error",
                  function="copy_mappings", cause="it returns 0 when all is mapped")
    if moment.cr3 != copy:
        run.wrong(moment, expected=f"process 1 to run on the copy, {copy:#x}", found="its page "
                  "table is "
                  f"{moment.cr3:#x}",
                  function="copy_mappings", cause="the kernel found that the copy differs: see the "
                  "log")
    shared = {pa for pa, *_ in moment.tables(copy)} & {pa for pa,
                                                       *_ in moment.tables(original(run, moment))}
    if shared:
        run.wrong(moment, expected="tables of the copy's own", found="the table at "
                  f"{min(shared):#x} is the "
                  "original's, too",
                  pa=min(shared), function="copy_mappings", cause="entries of upper tables were "
                  "copied instead of "
                  "mappings: then a change to one page table changes the other")


def copy_is_logged(run):
    moment, source, _ = tables_to_compare(run)
    blame = {"function": "copy_mappings", "cause": "each mapping is logged once, in the order of "
                                                   "the addresses, by "
             "log_printf with 0x%lx: its address, its physical address, and of perm() what "
             "`permissions` has"}
    expected = [(va, f"mapping va={va:#x} pa={mapping.pa:#x} perm={permissions(mapping):#x}")
                for va, mapping in sorted(source.items())]
    compare_lines(run, moment, lines(run, "mapping"), expected, blame)
