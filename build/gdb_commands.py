"""gdb_commands.py - gdb's commands for looking at Kinglet: procs, pages, regions, walk, who, switch, screen

`make run-gdb` reads it; in a gdb started by hand, `source build/gdb_commands.py`. They work wherever the machine
stands, in a process too: gdb_machine.py reads physical memory. They call nothing in the machine and change nothing
there.
"""
import bisect
import collections
import os
import struct
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import memory                                                   # noqa: E402
from gdb_machine import Machine, number                         # noqa: E402
from memory import (ADDRESS_BITS, CONSOLE_ADDR, GUARD, PAGESIZE, PO_FILE, PO_FREE, PO_KERNEL, PO_RESERVED, PO_SHARED,
                    PROC_START_ADDR, PTE_A, PTE_COW, PTE_D, PTE_P, PTE_PS, PTE_SHARED, PTE_U, PTE_W,
                    PTE_XD)    # noqa: E402
from screen import SIZE, Screen                                 # noqa: E402

FLAGS = [(PTE_P, "P"), (PTE_W, "W"), (PTE_U, "U"), (8, "PWT"), (0x10, "PCD"), (PTE_A, "A"), (PTE_D, "D"),
         (PTE_PS, "PS"), (0x100, "G"), (PTE_COW, "COW"), (PTE_SHARED, "SHARED"), (PTE_XD, "XD")]
LABELS = ["heap", "stack", "guard", "mapping", "program"]
PAGES_PER_ROW, ROW_LIMIT = 64, 32
REGISTERS = "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip rflags cs ss".split()


def permissions(user, writable, executable, cow=False):
    return (("user r" if user else "kernel r") + "-w"[writable] + "-x"[executable] + (", copy-on-write" if cow else ""))


def mapping_permissions(mapping):
    return permissions(mapping.user, mapping.writable, mapping.executable, mapping.user and mapping.copy_on_write)


def write(text):
    try:
        gdb.write(text + "\n")
    except UnicodeEncodeError:
        gdb.write(text.encode("ascii", "replace").decode() + "\n")


class Command(gdb.Command):
    """A command that does `work(*arguments)`; its documentation's last line tells how many there are."""

    def __init__(self, work):
        self.work, self.__doc__ = work, work.__doc__.replace("\n    ", "\n")
        self.usage = self.__doc__.strip().splitlines()[-1]
        words = self.usage.split()[2:]
        self.counts = range(sum(word[0] != "[" for word in words), len(words) + 1)
        super().__init__(work.__name__, gdb.COMMAND_STATUS)

    def invoke(self, argument, _from_tty):
        self.dont_repeat()
        arguments = argument.split()
        if len(arguments) not in self.counts:
            raise gdb.GdbError(self.usage)
        try:
            self.work(*arguments)
        except (gdb.error, memory.TooManyTables) as error:
            raise gdb.GdbError(str(error)) from None


@Command
def procs():
    """Show the process table.
    Pages are those that the process can use, tables those of its page table. The rip is the processor's for the process
    that it is running, else the one last saved.
    Usage: procs"""
    machine = Machine().require_started()
    write("pid  state     program          pages  tables  rip")
    for pid in machine.processes():
        tables = machine.tables(machine.table(pid))
        mapped = [each for each in machine.walk(machine.table(pid)) if each.user and each.pa != CONSOLE_ADDR]
        rip, function, _ = machine.backtrace(pid)[0]
        mark = "*" if pid == machine.running else " "
        write(f"{pid:3}{mark} {machine.state(pid):9} {machine.program(pid):16} {len(mapped):5}  {len(tables):6}  "
              f"{rip:#x} in {function}")
    for pid in machine.records():
        write(f"{pid:3}  exited    {machine.program(pid):16}                its status: {machine.status(pid)}")
    is_current = "* the current process" if machine.running else "no process is current"
    write(is_current if machine.processes() else "(none)")


def owner_letter(owner):
    if owner > 0:
        return str(owner) if owner < 10 else chr(ord("a") + owner - 10)
    return {PO_FREE: ".", PO_RESERVED: "R", PO_KERNEL: "K", PO_FILE: "F"}.get(owner, "S")


def letter(machine, pn):
    if machine.is_leaked(pn):
        return "L"
    if pn == machine.zeros:
        return "Z"
    owner = machine.page(pn).owner
    return "C" if pn == CONSOLE_ADDR // PAGESIZE and owner == PO_RESERVED else owner_letter(owner)


def count_letters(machine, first, end):
    """How many pages `[first, end)` have which letter. Where pageinfo is not filled in, they are all alike."""
    counts, pn = collections.Counter(), first
    borders = sorted({border for each in machine.filled + machine.usable for border in (each.start, each.stop)})
    while pn < end:
        if machine.is_filled(pn):
            counts[letter(machine, pn)] += 1
            pn += 1
        else:
            stop = min([border for border in borders if border > pn] + [end])
            stop = min(stop, end)
            counts[owner_letter(machine.page(pn).owner)] += stop - pn
            pn = stop
    return counts


def show_memory(machine):
    scale = 1
    while machine.npages > scale * PAGES_PER_ROW * ROW_LIMIT:
        scale *= 2
    cells = [count_letters(machine, pn, min(pn + scale, machine.npages)) for pn in range(0, machine.npages, scale)]
    letters = "".join(max(cell, key=lambda each: (cell[each], each)) for cell in cells)
    for index in range(0, len(letters), PAGES_PER_ROW):
        write(f"0x{index * scale * PAGESIZE:08X}  {letters[index:index + PAGES_PER_ROW]}")
    if scale > 1:
        write(f"each letter is that of most of {scale} pages")
    names = {".": "free", "K": "kernel", "R": "reserved", "C": "screen", "S": "shared", "L": "leaked",
             "Z": "page of zeros"}
    total = sum(cells, collections.Counter())
    write(", ".join(f"{names.get(each, 'process ' + each)} {total[each]}" for each in sorted(total)))


def show_process(machine, pid):
    span, rows = PAGES_PER_ROW * PAGESIZE, {}       # of virtual memory, those that have a page
    for each in machine.walk(machine.table(pid)):
        pn, row = each.pa // PAGESIZE, rows.setdefault(each.va // span, {})
        is_copied = each.user and each.copy_on_write
        row[each.va] = "W" if is_copied else letter(machine, pn) if pn < machine.npages else "?"
    promised = [(each.start, each.end) for each in machine.regions(pid) if each.label != GUARD]
    for row in sorted(rows)[:ROW_LIMIT]:
        text = "".join(rows[row].get(va, "P" if any(start <= va < end for start, end in promised) else " ")
                       for va in range(row * span, (row + 1) * span, PAGESIZE))
        write(f"0x{row * span:08X}  {text.rstrip()}")
    if len(rows) > ROW_LIMIT:
        write(f"and {len(rows) - ROW_LIMIT} rows more, to 0x{max(rows) * span:08X}")


@Command
def pages(pid="0"):
    """Show the owner of each page of physical memory, or of each page of a process's virtual memory, as on the screen.
    . free, K kernel, R reserved, C the screen, S shared, Z the page of zeros, L leaked, else the process's digit or
    letter; in virtual memory also W copied before it is written, P promised. 64 pages a row; a letter stands for
    several in a big machine's physical memory, and of virtual memory rows without any page are left out.
    Usage: pages [PID]"""
    machine = Machine().require_started()
    if number(pid):
        show_process(machine, machine.process(pid))
    else:
        show_memory(machine)


@Command
def regions(pid):
    """Show what a process is promised beyond its page table, and its page faults that became memory, by kind.
    Usage: regions PID"""
    machine = Machine().require_started()
    pid = machine.process(pid)
    present = sorted(each.va for each in machine.walk(machine.table(pid)) if each.va >= PROC_START_ADDR)
    write(f"regions of {machine.whose(pid)}:")
    for each in machine.regions(pid):
        count = bisect.bisect_left(present, each.end) - bisect.bisect_left(present, each.start)
        rights = permissions(each.perm & PTE_U != 0, each.perm & PTE_W != 0, not each.perm & PTE_XD)
        what = f"{rights}, {count} of {(each.end - each.start) // PAGESIZE} pages present, {each.faults} faults"
        write(f"  {each.start:#x}-{each.end:#x}  {LABELS[each.label]:5}  "
              + (what if each.label != GUARD else "nothing may be here"))
    start, end = machine.heap(pid)
    write(f"heap {start:#x}-{end:#x}")
    kinds = [field.name.removeprefix("FAULT_").lower() for field in gdb.lookup_type("fault_kind").fields()[:-1]]
    write("faults: " + ", ".join(f"{kind} {count}" for kind, count in zip(kinds, machine.faults(pid))))


@Command
def walk(va, pid="0"):
    """Follow a page table from an address down, through all four levels.
    Without PID it is the kernel's page table. VA is a number, a register as $rip, or a symbol's address as &ticks.
    Usage: walk VA [PID]"""
    machine = Machine().require_started()
    address, pid = number(va), machine.process(pid) if number(pid) else 0
    if not 0 <= address < 1 << 64 or 0 < address >> 47 < 0x1FFFF:
        raise gdb.GdbError(f"{address:#x} is not canonical: no page table can map it")
    write(f"{address:#x} in the page table of {machine.whose(pid)}:")
    level, entry = 4, PTE_P | machine.table(pid)
    for level, at, entry in machine.levels(machine.table(pid), address):
        table, index = at & -PAGESIZE, at % PAGESIZE // 8
        flags = " ".join(name for bit, name in FLAGS if entry & bit) or "-"
        if level == 1 and pid and entry & PTE_P and not entry & PTE_W:
            users = machine.page((entry & ADDRESS_BITS) // PAGESIZE).refcount
            flags += f"  (a shared table: {users} process{'es' if users > 1 else ''})"
        write(f"  level {level}  table {table:#08x}  index {index:3}  entry {entry:#018x}  {flags}")
    found = machine.find(machine.table(pid), address)
    if found:
        size = ("4 KiB page", "2 MiB page", "1 GiB page", "512 GiB page")[level]
        pa = found.pa + address % found.size
        zeros = ", the page of zeros" if pa // PAGESIZE == machine.zeros and pid else ""
        write(f"it is physical {pa:#x}, {mapping_permissions(found)}, in a {size}{zeros}")
    elif entry & PTE_P:
        write(f"the walk stops below level {level}: no page table can lie at {entry & ADDRESS_BITS:#x}")
    elif entry:
        write(f"the page is away, in slot {(entry & ADDRESS_BITS) // PAGESIZE}")
    else:
        write(f"the walk stops at level {level}: the entry is not present")


def kind(machine, pn):
    page, pa = machine.page(pn), pn * PAGESIZE
    if page.owner == PO_FREE:
        return "free"
    if page.is_pagetable:
        return f"page table with {page.live_entries} entries"
    if page.owner == PO_RESERVED:
        return "the screen" if pa == CONSOLE_ADDR else "not memory, or the firmware's"
    if page.owner == PO_FILE:
        return "a page of a file, or what the kernel knows of files"
    if page.owner != PO_KERNEL:
        return "memory of processes"
    if pn == machine.zeros:
        return "the page of zeros, whose mappings are not counted"
    if not machine.is_filled(pn):
        return "pageinfo, or program images"
    labels = [("_kernel_start", "kernel page"), ("_kernel_text_end", "kernel text"),
              ("kernel_stack_guard", "kernel constants"), ("kernel_stack_bottom", "kernel stack's guard"),
              ("kernel_stack_top", "kernel stack"), ("_kernel_end", "kernel variables")]
    below = [name for label, name in labels if pa < machine.kernel[label]]
    return below[0] if below else "kernel page"


@Command
def who(pa):
    """Show to whom a page of physical memory belongs: owner, reference count, kind, and every mapping.
    PA is any address in the page. For a page of page tables also shows which it is.
    Usage: who PA"""
    machine = Machine().require_started()
    address = number(pa)
    if not 0 <= address < machine.npages * PAGESIZE:
        raise gdb.GdbError(f"{address:#x} is outside memory, which ends at {machine.npages * PAGESIZE:#x}")
    pn = address // PAGESIZE
    start, page, live = pn * PAGESIZE, machine.page(pn), list(machine.processes())
    owners = {PO_FREE: "nobody", PO_RESERVED: "reserved", PO_KERNEL: "the kernel", PO_SHARED: "shared",
              PO_FILE: "files"}
    name = owners.get(page.owner) or (machine.whose(page.owner) if page.owner in live
                                      else f"{page.owner}, which is no process")
    write(f"page {start:#x}: owner {name}, refcount {page.refcount}, {kind(machine, pn)}"
          + (", leaked" if machine.is_leaked(pn) else ""))
    for pid in [0] + live:
        for table, level, va in machine.tables(machine.table(pid)):
            if table == start:
                last = va + (1 << 12 + 9 * (level + 1)) - 1
                write(f"  the level-{level} table of {machine.whose(pid)}, for {va:#x} to {last:#x}")
        for each in machine.walk(machine.table(pid)):
            if each.pa <= start < each.pa + each.size:
                is_shared = pid and machine.is_in_shared_table(machine.table(pid), each.va)
                write(f"  mapped by {machine.whose(pid)} at {each.va + start - each.pa:#x}, {mapping_permissions(each)}"
                      + (", in a shared table" if is_shared else ""))


class Programs:
    """The programs whose symbols gdb has: those put away while another program's are there at the same addresses."""
    loaded, put_away = [], []

    @staticmethod
    def span(path):
        with open(path, "rb") as file:
            data = file.read()
        at, size, count = *struct.unpack_from("<Q", data, 32), *struct.unpack_from("<HH", data, 54)
        headers = [struct.unpack_from("<IIQQQQQ", data, at + size * index) for index in range(count)]
        loads = [(header[3], header[3] + header[6]) for header in headers if header[0] == 1]
        return min(start for start, _ in loads), max(end for _, end in loads)

    @classmethod
    def show(cls, path):
        """Loads the program's symbols, and puts away those of others at the same addresses."""
        start, end = cls.span(path)
        folder, present = os.path.dirname(path), [objfile.filename for objfile in gdb.objfiles()]
        for other in [each for each in present if each and os.path.dirname(each) == folder and each != path]:
            if cls.span(other)[0] < end and start < cls.span(other)[1]:
                gdb.execute(f"remove-symbol-file {other}", to_string=True)
                (cls.loaded.remove if other in cls.loaded else cls.put_away.append)(other)
        if path not in present:
            gdb.execute(f"add-symbol-file {path}", to_string=True)
            cls.loaded.append(path)

    @classmethod
    def restore(cls):
        for path in cls.loaded:
            gdb.execute(f"remove-symbol-file {path}", to_string=True)
        for path in cls.put_away:
            gdb.execute(f"add-symbol-file {path}", to_string=True)
        cls.loaded, cls.put_away = [], []


@Command
def switch(pid):
    """Show a process from inside: its registers and its backtrace; gdb then has its program's symbols.
    gdb's own registers stay the processor's. `switch 0` goes back to the symbols that there were before.
    Usage: switch PID"""
    machine = Machine().require_started()
    if number(pid) == 0:
        Programs.restore()
        write("back with the kernel, at " + gdb.execute("info symbol $rip", to_string=True).strip())
        return
    pid = machine.process(pid)
    frames = machine.backtrace(pid)
    when = "now" if machine.state(pid) == "running" else "as last saved"
    write(f"{machine.whose(pid)}, {machine.state(pid)}, page table {machine.table(pid):#x}; registers {when}:")
    values = [f"{name:6} {machine.register(pid, name):#018x}" for name in REGISTERS]
    for row in range(0, len(values), 4):
        write("  " + "  ".join(values[row:row + 4]))
    folder = os.path.dirname(os.path.abspath(machine.kernel.elf))
    path = os.path.realpath(os.path.join(folder, "user", f"p-{machine.program(pid)}.elf"))
    if os.path.exists(path):
        Programs.show(path)
    write(f"symbols from {path}" if os.path.exists(path) else f"no symbols: there is no {path}")
    for index, (address, function, inside) in enumerate(frames):
        line = gdb.find_pc_line(inside)
        place = f" at {line.symtab.filename}:{line.line}" if line.symtab and os.path.exists(path) else ""
        write(f"  #{index}  {address:#x} in {function}{place}")


@Command
def screen():
    """Show the text on the screen, 80 x 25.
    Usage: screen"""
    for line in Screen(Machine().read(CONSOLE_ADDR, SIZE)).text().splitlines():
        write(line)


gdb.write("Kinglet: procs, pages [PID], regions PID, walk VA [PID], who PA, switch PID, screen "
          "(help COMMAND tells more)\n")
