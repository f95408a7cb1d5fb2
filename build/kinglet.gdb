# kinglet.gdb - gdb's commands for looking at Kinglet: procs, pages, regions, walk, who, switch, screen
#
#    `make run-gdb` reads it; in a gdb started by hand, `source build/kinglet.gdb`. They work wherever the machine
#    stands, in a process too: they read physical memory, and what it means from the kernel's debug information and
#    the processor's rules (SDM vol. 3A, 4.5). They call nothing in the machine and change nothing there.

python
import bisect
import collections
import os
import re
import struct
import gdb

PAGESIZE = 4096
PTE_P, PTE_W, PTE_U, PTE_PS, PTE_COW, PTE_XD = 1, 2, 4, 0x80, 0x200, 1 << 63
FLAGS = [(PTE_P, "P"), (PTE_W, "W"), (PTE_U, "U"), (8, "PWT"), (0x10, "PCD"), (0x20, "A"), (0x40, "D"), (PTE_PS, "PS"),
         (0x100, "G"), (PTE_COW, "COW"), (PTE_XD, "XD")]
ADDRESS_BITS = 0x000F_FFFF_FFFF_F000
PO_FREE, PO_RESERVED, PO_KERNEL, PO_SHARED = 0, -1, -2, -3
CONSOLE_ADDR, COLUMNS, ROWS = 0xB8000, 80, 25
PROC_START_ADDR, FIRST_PAGES = 0x100000, 512
P_FREE, P_EXITED = 0, 4
PAGES_PER_ROW, ROW_LIMIT = 64, 32
FINDING_MASK, FINDING_LEAK = 15, 1      # in pageinfo's `finding`
TABLE_LIMIT = 40000                     # no page table that is in order has so many tables
FRAME_LIMIT = 32
REGISTERS = "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip rflags cs ss".split()
LOW_CHARACTERS = " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼"      # code page 437's first 32


class Kernel:
    """The machine as it stands now; an object for each command. Pages read are kept."""

    def __init__(self):
        if not gdb.selected_thread():
            raise gdb.GdbError("there is no machine: start one with make run-gdb, or use target remote")
        self.kept = {}

    def require_started(self):
        """Reads the kernel's tables, or raises if the kernel has not made them yet."""
        self.root = self.address("kernel_pagetable")
        if int(self.variable("kernel_cr3")) != self.root:
            raise gdb.GdbError("the kernel has not started yet: go on to kernel_start, "
                               "by `break kernel_start`, `continue`")
        self.processes = self.variable("ptable")
        self.slots = range(1, self.processes.type.range()[1] + 1)
        self.npages, self.pageinfo = int(self.variable("npages")), int(self.variable("pageinfo"))
        self.memory_size = self.npages * PAGESIZE
        ranges = self.variable("usable_ranges")
        self.usable = [range(int(ranges[i]["start"]), int(ranges[i]["end"]))
                       for i in range(int(self.variable("nusable_ranges")))]
        known = self.find_symbol("filled")
        filled = int(known[0].value()) if known else FIRST_PAGES    # a lab's kernel fills in all at once
        above = [range(max(FIRST_PAGES, each.start), min(filled, each.stop)) for each in self.usable]
        self.filled = [range(FIRST_PAGES)] + [each for each in above if each]
        zeros = self.find_symbol("zeros")
        self.zero_page = int(zeros[0].value().address) // PAGESIZE if zeros else None
        current = int(self.variable("current"))
        frame = gdb.newest_frame()
        self.user_frame = frame if int(frame.read_register("cs")) & 3 else None
        self.running = (current - self.address("ptable")) // self.processes[0].type.sizeof
        return self

    # Memory

    def read(self, pa, size):
        """Bytes of physical memory, whatever page table the processor uses now."""
        first, last = pa // PAGESIZE, (pa + size - 1) // PAGESIZE
        missing = [pn for pn in range(first, last + 1) if pn not in self.kept]
        if missing:
            self.fetch(missing[0], missing[-1])
        data = b"".join(self.kept[pn] for pn in range(first, last + 1))
        return data[pa % PAGESIZE:][:size]

    def fetch(self, first, last):
        answer = gdb.execute("maintenance packet Qqemu.PhyMemMode:1", to_string=True)
        try:
            if '"OK"' not in answer:
                raise gdb.GdbError("this machine does not show its physical memory: it is not QEMU, or one too old")
            size = (last - first + 1) * PAGESIZE
            data = bytes(gdb.selected_inferior().read_memory(first * PAGESIZE, size))
        finally:
            gdb.execute("maintenance packet Qqemu.PhyMemMode:0", to_string=True)
        for pn in range(first, last + 1):
            self.kept[pn] = data[(pn - first) * PAGESIZE:][:PAGESIZE]

    def number(self, pa, size=8):
        return int.from_bytes(self.read(pa, size), "little")

    def string(self, pa):
        text = self.read(pa, 64).split(b"\0")[0]
        return text.decode("latin-1")

    def value(self, pa, kind):
        """What lies at `pa`, as a value of that type which needs no more reading."""
        return gdb.Value(self.read(pa, kind.sizeof), kind)

    @staticmethod
    def find_symbol(name):
        """(the kernel's symbol of that name, the file that has it), or None."""
        for objfile in gdb.objfiles():
            if objfile.lookup_global_symbol("kernel_pagetable"):
                found = objfile.lookup_global_symbol(name) or objfile.lookup_static_symbol(name)
                if found:
                    return found, objfile.filename
        return None

    def symbol(self, name):
        found = self.find_symbol(name)
        if not found:
            raise gdb.GdbError(f"there is no {name}: gdb needs the kernel's symbols, from obj/kernel.elf")
        return found

    def address(self, name):
        return int(self.symbol(name)[0].value().address)

    def variable(self, name):
        return self.value(self.address(name), self.symbol(name)[0].type)

    # Pages. What pageinfo does not say yet (`filled`) is as `page_state` in pageinfo.cc has it.

    def page(self, pn):
        """`pageinfo` of a page; None where it is not filled in."""
        if not any(pn in each for each in self.filled):
            return None
        kind = gdb.lookup_type("physical_pageinfo")
        return self.value(self.pageinfo + pn * kind.sizeof, kind)

    def owner(self, pn):
        page = self.page(pn)
        if page:
            return int(page["owner"])
        if any(pn in each for each in self.usable):
            return PO_FREE
        array = range(FIRST_PAGES, -(-(self.pageinfo + self.npages * 16) // PAGESIZE))
        return PO_KERNEL if pn in array else PO_RESERVED

    def is_leaked(self, pn):
        page = self.page(pn)
        return page is not None and int(page["finding"]) & FINDING_MASK == FINDING_LEAK

    # Processes

    def process(self, text):
        """The pid that `text` says, of a process that there is."""
        pid = number(text)
        if pid not in self.slots:
            raise gdb.GdbError(f"no process can have pid {pid}: they are 1 to {self.slots[-1]}")
        state = int(self.processes[pid]["state"])
        if state == P_FREE:
            raise gdb.GdbError(f"there is no process {pid}: its slot is free")
        if state == P_EXITED:
            raise gdb.GdbError(f"process {pid} has exited: all that is left is its status, {self.status(pid)}")
        return pid

    def live(self):
        return [pid for pid in self.slots if int(self.processes[pid]["state"]) not in (P_FREE, P_EXITED)]

    def status(self, pid):
        return int(self.processes[pid]["status"])

    def records(self):
        return [pid for pid in self.slots if int(self.processes[pid]["state"]) == P_EXITED]

    def regions(self, pid):
        """What a process is promised: (start, end, permissions, label, faults)."""
        promised = self.processes[pid]["regions"]
        for i in range(int(promised["count_"])):
            each = promised["regions_"][i]
            yield (int(each["start"]), int(each["end"]), int(each["perm"]),
                   str(each["label"]).removeprefix("region_label::"), int(each["faults"]))

    def image(self, pid):
        return self.value(int(self.processes[pid]["image"]), gdb.lookup_type("program"))

    def program(self, pid):
        return self.string(int(self.image(pid)["name"]))

    def state(self, pid):
        if pid == self.running and self.user_frame:
            return "running"
        return str(self.processes[pid]["state"]).removeprefix("P_").lower()

    def register(self, pid, name):
        """As the processor has it if it runs the process now, else as last saved."""
        if pid == self.running and self.user_frame:
            value = self.user_frame.read_register("eflags" if name == "rflags" else name)
            return int(value.cast(gdb.lookup_type("long"))) & (1 << 64) - 1
        return int(self.processes[pid]["regs"]["reg_" + name])

    def function(self, pid, address):
        """The function's name, by the program's symbol table in the kernel's image."""
        table = int(self.image(pid)["symbols"])
        count = self.number(table, 4) if table else 0
        symbols = list(struct.iter_unpack("<II", self.read(table + 8, 8 * count))) if count else []
        index = bisect.bisect_right([start for start, _ in symbols], address) - 1
        return self.string(table + symbols[index][1]) if index >= 0 and self.find(self.table(pid), address) else "?"

    def backtrace(self, pid):
        """(address, function) of each frame, by the chain of frame pointers."""
        address, frame, result = self.register(pid, "rip"), self.register(pid, "rbp"), []
        after_call = self.read_user(pid, address - 2, 2) == b"\x0F\x05"        # the `syscall` instruction
        while len(result) < FRAME_LIMIT:
            result.append((address, self.function(pid, address - after_call), address - after_call))
            words = self.read_user(pid, frame, 16)
            following, address = struct.unpack("<QQ", words) if words else (0, 0)
            if not address:
                break
            if following <= frame and following:
                break
            frame, after_call = following, True
        return result

    def read_user(self, pid, va, size):
        """Bytes of a process's memory, or None if not all of it is there for the process."""
        data = b""
        while len(data) < size:
            found = self.find(self.table(pid), va + len(data))
            if not found or not found[1] & PTE_U or found[0] >= self.memory_size:
                return None
            data += self.read(found[0], min(size - len(data), PAGESIZE - found[0] % PAGESIZE))
        return data

    # Page tables. `rights`: PTE_W and PTE_U if all levels have them, PTE_XD if one has.

    def table(self, pid):
        return int(self.processes[pid]["pagetable"]) if pid else self.root

    def is_table(self, pa):
        return 0 < pa < self.memory_size and pa % PAGESIZE == 0

    def levels(self, root, va):
        """(level, table, index, entry) from the top down, as far as there are tables."""
        for level in (3, 2, 1, 0):
            if not self.is_table(root):
                return
            index = va >> 12 + 9 * level & 511
            entry = self.number(root + 8 * index)
            yield level, root, index, entry
            if not entry & PTE_P or entry & PTE_PS:
                return
            root = entry & ADDRESS_BITS

    def find(self, root, va):
        """(physical address, rights, level) of a virtual address; None if it is not mapped."""
        rights, steps = PTE_W | PTE_U, list(self.levels(root, va))
        for level, _, _, entry in steps:
            rights = rights & (entry | ~(PTE_W | PTE_U)) | entry & PTE_XD
        if not steps or not entry & PTE_P or (level and not entry & PTE_PS):
            return None
        offset = (1 << 12 + 9 * level) - 1
        return entry & ADDRESS_BITS & ~offset | va & offset, rights, level

    def last_entry(self, root, va):
        """(the last entry on the way to a virtual address, whether its table is shared with other processes)."""
        steps = list(self.levels(root, va))
        is_shared = any(level == 1 and entry & PTE_P and not entry & PTE_W for level, _, _, entry in steps)
        return (steps[-1][3] if steps else 0), is_shared

    def tables(self, root):
        """(physical address, level, virtual address, rights) of each table of a page table."""
        todo, count = [(root, 3, 0, PTE_W | PTE_U)] if self.is_table(root) else [], 0
        while todo and count < TABLE_LIMIT:
            table = pa, level, va, rights = todo.pop(0)
            count += 1
            yield table
            for here, entry, below in self.entries(*table) if level else []:
                if not entry & PTE_PS and self.is_table(entry & ADDRESS_BITS):
                    todo.append((entry & ADDRESS_BITS, level - 1, here, below))

    def entries(self, pa, level, va, rights):
        """(virtual address, entry, rights) of each present entry of a table."""
        for index, (entry,) in enumerate(struct.iter_unpack("<Q", self.read(pa, PAGESIZE))):
            if entry & PTE_P:
                here = va | index << 12 + 9 * level
                yield (here | -(here >> 47) << 48 & (1 << 64) - 1, entry,
                       rights & (entry | ~(PTE_W | PTE_U)) | entry & PTE_XD)

    def mappings(self, root):
        """(virtual address, physical address, size, rights) of all that a page table maps."""
        for table in self.tables(root):
            for va, entry, rights in self.entries(*table):
                size = 1 << 12 + 9 * table[1]
                if not table[1] or entry & PTE_PS:
                    yield va, entry & ADDRESS_BITS & ~(size - 1), size, rights

    def whose(self, pid):
        return f"process {pid} ({self.program(pid)})" if pid else "the kernel"


def number(text):
    """An argument: a number, a register as `$rip`, or what `&` or a function's name has as its address."""
    try:
        return int(text, 0)
    except ValueError:
        pass
    if not re.fullmatch(r"[$&]?[A-Za-z_][\w:]*", text):
        raise gdb.GdbError(f"{text} is not a number")
    try:
        value = gdb.parse_and_eval(text)
        code = value.type.strip_typedefs().code
        return int(value.address if code in (gdb.TYPE_CODE_FUNC, gdb.TYPE_CODE_ARRAY) else value) & (1 << 64) - 1
    except (gdb.error, TypeError):
        raise gdb.GdbError(f"{text} is not a number") from None


def permissions(rights, entry=0):
    cow = ", copy-on-write" if entry & (PTE_COW | PTE_W) and rights & PTE_U and not rights & PTE_W else ""
    return ("user r" if rights & PTE_U else "kernel r") + "-w"[rights & PTE_W != 0] + "x-"[rights & PTE_XD != 0] + cow


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
        except gdb.error as error:
            raise gdb.GdbError(str(error)) from None


@Command
def procs():
    """Show the process table.
    Pages are those that the process can use, tables those of its page table. The rip is the processor's for the process
    that it is running, else the one last saved.
    Usage: procs"""
    kernel = Kernel().require_started()
    write("pid  state     program          pages  tables  rip")
    for pid in kernel.live():
        tables = list(kernel.tables(kernel.table(pid)))
        mappings = kernel.mappings(kernel.table(pid))
        pages = [va for va, pa, _, rights in mappings if rights & PTE_U and pa != CONSOLE_ADDR]
        rip, function, _ = kernel.backtrace(pid)[0]
        mark = "*" if pid == kernel.running else " "
        write(f"{pid:3}{mark} {kernel.state(pid):9} {kernel.program(pid):16} {len(pages):5}  {len(tables):6}  "
              f"{rip:#x} in {function}")
    for pid in kernel.records():
        write(f"{pid:3}  exited    {kernel.program(pid):16}                its status: {kernel.status(pid)}")
    write("(none)" if not kernel.live() else "* the current process" if kernel.running else "no process is current")


def owner_letter(owner):
    if owner > 0:
        return str(owner) if owner < 10 else chr(ord("a") + owner - 10)
    return {PO_FREE: ".", PO_RESERVED: "R", PO_KERNEL: "K"}.get(owner, "S")


def letter(kernel, pn):
    if kernel.is_leaked(pn):
        return "L"
    if pn == kernel.zero_page:
        return "Z"
    owner = kernel.owner(pn)
    return "C" if pn == CONSOLE_ADDR // PAGESIZE and owner == PO_RESERVED else owner_letter(owner)


def count_letters(kernel, first, end):
    """How many pages `[first, end)` have which letter. Where pageinfo is not filled in, they are all alike."""
    counts, pn = collections.Counter(), first
    borders = sorted({border for each in kernel.filled + kernel.usable for border in (each.start, each.stop)})
    while pn < end:
        if kernel.page(pn):
            counts[letter(kernel, pn)] += 1
            pn += 1
        else:
            stop = min([border for border in borders if border > pn] + [end])
            stop = min(stop, end)
            counts[owner_letter(kernel.owner(pn))] += stop - pn
            pn = stop
    return counts


def show_memory(kernel):
    scale = 1
    while kernel.npages > scale * PAGES_PER_ROW * ROW_LIMIT:
        scale *= 2
    cells = [count_letters(kernel, pn, min(pn + scale, kernel.npages)) for pn in range(0, kernel.npages, scale)]
    letters = "".join(max(cell, key=lambda each: (cell[each], each)) for cell in cells)
    for index in range(0, len(letters), PAGES_PER_ROW):
        write(f"0x{index * scale * PAGESIZE:08X}  {letters[index:index + PAGES_PER_ROW]}")
    if scale > 1:
        write(f"each letter is that of most of {scale} pages")
    names = {".": "free", "K": "kernel", "R": "reserved", "C": "screen", "S": "shared", "L": "leaked",
             "Z": "page of zeros"}
    total = sum(cells, collections.Counter())
    write(", ".join(f"{names.get(each, 'process ' + each)} {total[each]}" for each in sorted(total)))


def show_process(kernel, pid):
    span, rows = PAGES_PER_ROW * PAGESIZE, {}       # of virtual memory, those that have a page
    for table in kernel.tables(kernel.table(pid)):
        for va, entry, rights in kernel.entries(*table) if not table[1] else []:
            pn, row = (entry & ADDRESS_BITS) // PAGESIZE, rows.setdefault(va // span, {})
            row[va] = letter(kernel, pn) if pn < kernel.npages else "?"
            if entry & (PTE_COW | PTE_W) and rights & PTE_U and not rights & PTE_W:
                row[va] = "W"
    promised = [(start, end) for start, end, _, source, _ in kernel.regions(pid) if source != "guard"]
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
    kernel = Kernel().require_started()
    if number(pid):
        show_process(kernel, kernel.process(pid))
    else:
        show_memory(kernel)


@Command
def regions(pid):
    """Show what a process is promised beyond its page table, and its page faults that became memory, by kind.
    Usage: regions PID"""
    kernel = Kernel().require_started()
    pid = kernel.process(pid)
    process = kernel.processes[pid]
    present = sorted(va for va, _, _, _ in kernel.mappings(kernel.table(pid)) if va >= PROC_START_ADDR)
    write(f"regions of {kernel.whose(pid)}:")
    for start, end, perm, label, faults in kernel.regions(pid):
        count = bisect.bisect_left(present, end) - bisect.bisect_left(present, start)
        what = f"{permissions(perm)}, {count} of {(end - start) // PAGESIZE} pages present, {faults} faults"
        write(f"  {start:#x}-{end:#x}  {label:5}  " + (what if label != "guard" else "nothing may be here"))
    heap = process["heap"]
    write(f"heap {int(heap['start']):#x}-{int(heap['end']):#x}")
    kinds = [field.name.removeprefix("FAULT_").lower() for field in gdb.lookup_type("fault_kind").fields()[:-1]]
    write("faults: " + ", ".join(f"{kind} {int(process['faults'][i])}" for i, kind in enumerate(kinds)))


@Command
def walk(va, pid="0"):
    """Follow a page table from an address down, through all four levels.
    Without PID it is the kernel's page table. VA is a number, a register as $rip, or a symbol's address as &ticks.
    Usage: walk VA [PID]"""
    kernel = Kernel().require_started()
    address, pid = number(va), kernel.process(pid) if number(pid) else 0
    if not 0 <= address < 1 << 64 or 0 < address >> 47 < 0x1FFFF:
        raise gdb.GdbError(f"{address:#x} is not canonical: no page table can map it")
    write(f"{address:#x} in the page table of {kernel.whose(pid)}:")
    level, entry = 4, PTE_P | kernel.table(pid)
    for level, table, index, entry in kernel.levels(kernel.table(pid), address):
        flags = " ".join(name for bit, name in FLAGS if entry & bit) or "-"
        if level == 1 and pid and entry & PTE_P and not entry & PTE_W:
            users = int(kernel.page((entry & ADDRESS_BITS) // PAGESIZE)["refcount"])
            flags += f"  (a shared table: {users} process{'es' if users > 1 else ''})"
        write(f"  level {level}  table {table:#08x}  index {index:3}  entry {entry:#018x}  {flags}")
    found = kernel.find(kernel.table(pid), address)
    if found:
        size = ("4 KiB page", "2 MiB page", "1 GiB page", "512 GiB page")[found[2]]
        zeros = ", the page of zeros" if found[0] // PAGESIZE == kernel.zero_page and pid else ""
        write(f"it is physical {found[0]:#x}, {permissions(found[1], entry)}, in a {size}{zeros}")
    elif entry & PTE_P:
        write(f"the walk stops below level {level}: no page table can lie at {entry & ADDRESS_BITS:#x}")
    elif entry:
        write(f"the page is away, in slot {(entry & ADDRESS_BITS) // PAGESIZE}")
    else:
        write(f"the walk stops at level {level}: the entry is not present")


def kind(kernel, pn):
    page, pa, owner = kernel.page(pn), pn * PAGESIZE, kernel.owner(pn)
    if owner == PO_FREE:
        return "free"
    if page and page["is_pagetable"]:
        return f"page table with {int(page['live_entries'])} entries"
    if owner == PO_RESERVED:
        return "the screen" if pa == CONSOLE_ADDR else "not memory, or the firmware's"
    if owner != PO_KERNEL:
        return "memory of processes"
    if pn == kernel.zero_page:
        return "the page of zeros, whose mappings are not counted"
    if not page:
        return "pageinfo, or program images"
    labels = [("_kernel_start", "kernel page"), ("_kernel_text_end", "kernel text"),
              ("kernel_stack_guard", "kernel constants"), ("kernel_stack_bottom", "kernel stack's guard"),
              ("kernel_stack_top", "kernel stack"), ("_kernel_end", "kernel variables")]
    below = [name for label, name in labels if pa < int(gdb.parse_and_eval(f"(unsigned long)&{label}"))]
    return below[0] if below else "kernel page"


@Command
def who(pa):
    """Show to whom a page of physical memory belongs: owner, reference count, kind, and every mapping.
    PA is any address in the page. For a page of page tables also shows which it is.
    Usage: who PA"""
    kernel = Kernel().require_started()
    address = number(pa)
    if not 0 <= address < kernel.memory_size:
        raise gdb.GdbError(f"{address:#x} is outside memory, which ends at {kernel.memory_size:#x}")
    pn = address // PAGESIZE
    start, owner, page = pn * PAGESIZE, kernel.owner(pn), kernel.page(pn)
    refcount = int(page["refcount"]) if page else int(owner != PO_FREE)
    owners = {PO_FREE: "nobody", PO_RESERVED: "reserved", PO_KERNEL: "the kernel", PO_SHARED: "shared"}
    name = owners.get(owner) or (kernel.whose(owner) if owner in kernel.live() else f"{owner}, which is no process")
    write(f"page {start:#x}: owner {name}, refcount {refcount}, {kind(kernel, pn)}"
          + (", leaked" if kernel.is_leaked(pn) else ""))
    for pid in [0] + kernel.live():
        for table, level, va, _ in kernel.tables(kernel.table(pid)):
            if table == start:
                last = va + (1 << 12 + 9 * (level + 1)) - 1
                write(f"  the level-{level} table of {kernel.whose(pid)}, for {va:#x} to {last:#x}")
        for va, first, size, rights in kernel.mappings(kernel.table(pid)):
            if first <= start < first + size:
                entry, is_shared = kernel.last_entry(kernel.table(pid), va)
                write(f"  mapped by {kernel.whose(pid)} at {va + start - first:#x}, {permissions(rights, entry)}"
                      + (", in a shared table" if is_shared and pid else ""))


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
    kernel = Kernel().require_started()
    if number(pid) == 0:
        Programs.restore()
        write("back with the kernel, at " + gdb.execute("info symbol $rip", to_string=True).strip())
        return
    pid = kernel.process(pid)
    frames = kernel.backtrace(pid)
    when = "now" if kernel.state(pid) == "running" else "as last saved"
    write(f"{kernel.whose(pid)}, {kernel.state(pid)}, page table {kernel.table(pid):#x}; registers {when}:")
    values = [f"{name:6} {kernel.register(pid, name):#018x}" for name in REGISTERS]
    for row in range(0, len(values), 4):
        write("  " + "  ".join(values[row:row + 4]))
    folder = os.path.dirname(os.path.abspath(kernel.symbol("ptable")[1]))
    path = os.path.realpath(os.path.join(folder, "user", f"p-{kernel.program(pid)}.elf"))
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
    cells = Kernel().read(CONSOLE_ADDR, ROWS * COLUMNS * 2)
    for row in range(ROWS):
        text = ""
        for code, color in struct.iter_unpack("BB", cells[row * COLUMNS * 2:][:COLUMNS * 2]):
            character = LOW_CHARACTERS[code] if code < 32 else bytes([code]).decode("cp437")
            text += " " if color & 15 == color >> 4 else character
        write(text.rstrip())


gdb.write("Kinglet: procs, pages [PID], regions PID, walk VA [PID], who PA, switch PID, screen "
          "(help COMMAND tells more)\n")
end
