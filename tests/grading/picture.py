"""picture.py - the memory that a failed check is about, in a few rows of text

One letter a page, 64 pages a row, at most three rows: virtual memory around an address as the processor would permit
it, and physical memory around a page with who maps it, by all page tables that the run has come by.
"""
from memory import PAGESIZE, PROC_START_ADDR

COLUMNS, ROWS = 64, 3
VIRTUAL_LEGEND = ". nothing   r w x for the process: to read, to write too, to execute   k for the kernel only"
LETTERS = "ABCDEFGHIJKLMNOPQRSUVWXYZ"               # without T


def rows_around(address, letter, end):
    """Rows of letters, that of `address` in the middle, with a mark below it. `letter(page's address)`."""
    span = COLUMNS * PAGESIZE
    middle = address // span * span
    lines = []
    for start in range(middle - ROWS // 2 * span, middle + (ROWS // 2 + 1) * span, span):
        if not 0 <= start < end:
            continue
        row = "".join(letter(va) for va in range(start, start + span, PAGESIZE))
        if start == middle or row.strip("."):
            lines.append(f"{start:#010x}  {row}")
        if start == middle:
            lines.append(" " * (12 + (address - middle) // PAGESIZE) + f"^ {address:#x}")
    return lines


def rights(mapping):
    if not mapping:
        return "."
    if not mapping.user:
        return "k"
    return "w" if mapping.writable else "x" if mapping.executable else "r"


def virtual(moment, va, cr3=None):
    """Virtual memory around `va`."""
    found = {page: mapping for mapping in moment.mappings(cr3)
             for page in range(mapping.va, mapping.va + min(mapping.size, 512 * PAGESIZE), PAGESIZE)}
    lines = [f"virtual memory of {moment.describe_process(cr3)}:"]
    return lines + rows_around(va, lambda page: rights(found.get(page)), 1 << 48) + [VIRTUAL_LEGEND]


def page_tables(moment):
    """The page tables of the check's processes so far, in the order of their first moment."""
    seen = [stop.registers["cr3"] & ~(PAGESIZE - 1) for stop in moment.recording.stops[:moment.index + 1]]
    return list(dict.fromkeys(seen + [moment.cr3]))[:len(LETTERS)]


def physical(moment, pa):
    """Physical memory around `pa`: who maps each page."""
    owners, tables, names = {}, set(), {}
    for letter, root in zip(LETTERS, page_tables(moment)):
        if any(pa >= moment.recording.size for pa, _, _ in moment.tables(root)):
            continue
        names[letter] = root
        tables.update(table for table, _, _ in moment.tables(root))
        for mapping in moment.own(root).values():
            for page in range(mapping.pa, mapping.pa + min(mapping.size, 512 * PAGESIZE), PAGESIZE):
                owners.setdefault(page, set()).add(letter)

    def letter_of(page):
        who = owners.get(page, ())
        return "*" if len(who) > 1 else "T" if page in tables and not who else "".join(who) or "."
    legend = "   ".join(f"{letter} page table {root:#x}" for letter, root in list(names.items())[:6])
    lines = ["physical memory, by who maps it at or above "
             f"{PROC_START_ADDR:#x}:"] + rows_around(pa, letter_of, moment.recording.size)
    return lines + [f"{legend}   * several   T a page table   . none of them"]


def picture(wrong):
    """The picture of a run.Wrong, as text; empty if it is about no memory."""
    moment = wrong.moment
    if not moment or not moment.registers:
        return ""
    lines = virtual(moment, wrong.va, wrong.root) if wrong.va is not None and wrong.va < 1 << 47 else []
    if wrong.pa is not None and wrong.pa < moment.recording.size:
        lines += physical(moment, wrong.pa)
    return "\n".join(lines)
