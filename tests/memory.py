"""memory.py - the machine's memory as it is, read from outside

Nothing here asks the kernel: bytes come from QEMU, their meaning from the kernel's ELF file (symbols by nm, the
layout of its structures by gdb), and page tables are walked by the processor's rules (SDM vol. 3A, 4.5).

    kernel = Kernel(path of kernel.elf)
    outcome, memory = run_to_end(machine, kernel)       # or at any moment: Snapshot(machine, kernel)
    for process in memory.processes().values():
        for mapping in memory.walk(process.pagetable): ...
    assert memory.problems() == []
"""
import dataclasses
import functools
import json
import os
import re
import struct
import subprocess

from pack import wrapped_function
from screen import ADDRESS, SIZE, Screen

PAGESIZE = 4096
CONSOLE_ADDR, PROC_START_ADDR, MEMSIZE_PHYSICAL, MEMSIZE_VIRTUAL = 0xB8000, 0x100000, 0x200000, 0x300000
SECTOR, STAGE2_SECTORS = 512, 12                                # boot/boot.h
KERNEL_OFFSET = (1 + STAGE2_SECTORS) * SECTOR                   # in a disk image
LARGE_PAGESIZE, BIG_MEMSIZE_VIRTUAL = 0x200000, 0x7FFFFFFFF000
KERNEL_START_ADDR, KERNEL_LIMIT_ADDR = 0x40000, 0x9F000
PO_FREE, PO_RESERVED, PO_KERNEL, PO_SHARED = 0, -1, -2, -3
P_FREE, P_RUNNABLE, P_BLOCKED, P_FAULTED, P_EXITED = 0, 1, 2, 3, 4
PTE_P, PTE_W, PTE_U, PTE_A, PTE_D, PTE_PS, PTE_COW, PTE_XD = 1, 2, 4, 0x20, 0x40, 0x80, 0x200, 1 << 63
ADDRESS_BITS = 0x000F_FFFF_FFFF_F000
ZEROS, NOTHING = 0, 1                   # a region's source
HEAP, STACK, GUARD = 0, 1, 2            # and its label

QUERY = """
import gdb, json
def members(kind, start=0):
    for field in kind.fields():
        if not field.name:
            yield from members(field.type, start + field.bitpos // 8)
        else:
            yield field.name, [start + field.bitpos // 8, field.type.sizeof]
names = ("proc physical_pageinfo regstate epitaph_record program region region_list heap_bounds page_range "
         "boot_words").split()
types = {name: gdb.lookup_type(name) for name in names}
print(json.dumps({name: [kind.sizeof, dict(members(kind))] for name, kind in types.items()}))
"""


class Kernel:
    """What a kernel's ELF file says: `symbols` (name: address; C++ names as in the source, without parameters) and, by
    `fields(structure)`, where the members of its structures lie (name: (offset, size))."""

    def __init__(self, elf):
        self.elf = str(elf)
        nm = os.environ.get("TOOLPREFIX", "") + "nm"
        lines = subprocess.run([nm, "-C", self.elf], check=True, capture_output=True, text=True).stdout.splitlines()
        self.symbols = {}
        for line in lines:
            address, _, name = line.split(maxsplit=2)
            if "[clone" not in name:            # a part of a function that the compiler put elsewhere
                self.symbols[wrapped_function(name) or name.split("(")[0]] = int(address, 16)
        gdb = [os.environ.get("GDB") or "gdb", "-nx", "-batch", "-ex", f"python exec({QUERY!r})", self.elf]
        self.structures = json.loads(subprocess.run(gdb, check=True, capture_output=True, text=True).stdout)

    def __getitem__(self, name):
        """The address of a symbol."""
        return self.symbols[name]

    def size(self, structure):
        return self.structures[structure][0]

    def fields(self, structure):
        return self.structures[structure][1]

    def columns(self, structure, data):
        """The members of an array of structures, as unsigned numbers: name: one number for each element of it."""
        size, view = self.size(structure), memoryview(data)
        return {field: view.cast("_BH_I___Q"[width])[offset // width::size // width]
                for field, (offset, width) in self.fields(structure).items()}

    def offset(self, structure, field):
        return self.fields(structure)[field][0]


kernel_of = functools.cache(Kernel)             # kernel_of(path): the same, read once


def int8(byte):
    """A signed byte, read as an unsigned one."""
    return byte - (1 << 8) if byte >> 7 else byte


@dataclasses.dataclass(frozen=True)
class Page:
    """What `pageinfo` says about one page of physical memory."""
    owner: int
    refcount: int
    is_pagetable: bool
    live_entries: int = 0               # this and the next: of page tables
    pages_owner: int = 0
    copies: int = 0


@dataclasses.dataclass(frozen=True)
class Region:
    start: int
    end: int
    perm: int
    source: int                         # ZEROS, NOTHING
    label: int                          # HEAP, STACK, GUARD
    faults: int


@dataclasses.dataclass(frozen=True)
class Process:
    pid: int
    state: int
    pagetable: int
    registers: dict                     # "rax": value, as last saved
    program: str


@dataclasses.dataclass(frozen=True)
class Mapping:
    """One present last-level entry; permissions are those of all levels together."""
    va: int
    pa: int
    size: int
    writable: bool
    user: bool
    executable: bool
    entry_pa: int                       # where the entry itself lies
    entry: int

    @property
    def copy_on_write(self):
        """Whether the process may write to the page, but not before the kernel has done something."""
        return bool(self.entry & (PTE_W | PTE_COW)) and not self.writable


class Snapshot:
    """All of memory at one moment. Of a big machine's, what lies above the program images is read when it is asked for:
    what `problems` and `walk` need is read at once, so that it is still there when the machine has gone."""

    def __init__(self, machine, kernel):
        self.kernel = kernel
        size = -(-kernel["_programs_end"] // PAGESIZE) * PAGESIZE
        self.bytes = machine.read_memory(0, size)
        self.screen = Screen(self.bytes[ADDRESS:ADDRESS + SIZE])
        self.npages = self.variable("npages")
        self.user_end = self.variable("user_end")
        self.is_big = self.npages > MEMSIZE_PHYSICAL // PAGESIZE
        self.machine, self.kept = None, {}
        if self.is_big:
            self._keep_big(machine)

    def _keep_big(self, machine):
        was_running = machine.command("query-status")["running"]
        if was_running:
            machine.stop()
            self.bytes = machine.read_memory(0, len(self.bytes))
        self.machine = machine
        self._sentences = _Check(self).sentences
        for process in self.processes().values():
            self.tables(process.pagetable, keep=True)
        if was_running:
            self.machine = None                 # what is read later would be of another moment
            machine.cont()

    # Plain values

    def read(self, pa, size):
        if pa + size <= len(self.bytes):
            return self.bytes[pa:pa + size]
        return b"".join(self._page(pn) for pn in range(pa // PAGESIZE, -(-(pa + size) // PAGESIZE)))[
            pa % PAGESIZE:][:size]

    def _page(self, pn):
        if pn not in self.kept:
            if not self.machine:
                raise LookupError(f"page {pn * PAGESIZE:#x} was not read in time")
            self.kept[pn] = self.machine.read_memory(pn * PAGESIZE, PAGESIZE)
        return self.kept[pn]

    def number(self, pa, size=8, signed=False):
        return int.from_bytes(self.read(pa, size), "little", signed=signed)

    def string(self, pa):
        return self.bytes[pa:self.bytes.index(b"\0", pa)].decode("latin-1")

    def variable(self, name, size=8):
        """The unsigned number at a symbol."""
        return self.number(self.kernel[name], size)

    def structure(self, name, pa):
        """The members of the structure at `pa` as unsigned numbers."""
        return {field: self.number(pa + offset, size) for field, (offset, size) in self.kernel.fields(name).items()}

    # Pages

    def page_address(self, pn):
        """Where the `pageinfo` of page number `pn` lies."""
        return self.variable("pageinfo") + pn * self.kernel.size("physical_pageinfo")

    @functools.cached_property
    def usable(self):
        """Page numbers of memory that processes can have, as ranges."""
        address, fields = self.kernel["usable_ranges"], self.kernel.size("page_range")
        found = [self.structure("page_range", address + index * fields)
                 for index in range(self.variable("nusable_ranges", 4))]
        return [range(each["start"], each["end"]) for each in found]

    @functools.cached_property
    def filled(self):
        """Page numbers whose `pageinfo` the kernel has filled in, as ranges: the first 2 MiB, and then those of usable
        memory up to where it has come."""
        low, end = MEMSIZE_PHYSICAL // PAGESIZE, self.variable("filled", 4)
        above = [range(max(low, each.start), min(end, each.stop)) for each in self.usable]
        return [range(low)] + [each for each in above if each]

    @functools.cached_property
    def _pageinfo(self):
        """(the pages of a range, the members of their `pageinfo`) of each filled range."""
        size = self.kernel.size("physical_pageinfo")
        read = self.machine.read_memory if self.is_big else self.read
        return [(each, self.kernel.columns("physical_pageinfo", read(self.page_address(each.start), len(each) * size)))
                for each in self.filled]

    def is_filled(self, pn):
        return any(pn in each for each in self.filled)

    def _place(self, pn):
        """(the members of `pageinfo` in its range, its index in each) of a page where that is filled in."""
        return next((columns, pn - each.start) for each, columns in self._pageinfo if pn in each)

    def page_fields(self, pn):
        """The members of the `pageinfo` of a page where that is filled in, as unsigned numbers."""
        columns, index = self._place(pn)
        return {field: column[index] for field, column in columns.items()}

    def page(self, pn):
        if not self.is_filled(pn):
            is_usable = any(pn in each for each in self.usable)
            is_kernels = MEMSIZE_PHYSICAL <= pn * PAGESIZE < self.variable("pageinfo") + 16 * self.npages
            return Page(PO_FREE if is_usable else PO_KERNEL if is_kernels else PO_RESERVED, int(not is_usable), False)
        fields = self.page_fields(pn)
        owner, pages_owner = (int8(fields[name]) for name in ("owner", "pages_owner"))
        is_pagetable = bool(fields["is_pagetable"]) and owner != PO_FREE
        live_entries = fields["live_entries"] if is_pagetable else 0
        pages_owner = pages_owner if is_pagetable else 0
        return Page(owner, fields["refcount"], is_pagetable, live_entries, pages_owner, fields["copies"])

    @functools.cached_property
    def pages(self):
        """By page number, as far as `pageinfo` is filled in."""
        return [self.page(pn) for pn in range(self.filled[-1].stop)]

    def free_list(self):
        """Page numbers, in the order in which the kernel will hand them out. After them come those of usable memory
        where `pageinfo` is not filled in yet."""
        result, pn, limit = [], self.variable("first_free", 4), sum(map(len, self.filled))
        while pn and len(result) <= limit and self.is_filled(pn):
            result.append(pn)
            columns, index = self._place(pn)
            pn = columns["next"][index]
        return result

    def process_pages(self):
        """Numbers of the pages that may belong to processes: those that are neither the kernel's nor reserved."""
        kernel = range(self.kernel["_kernel_start"] // PAGESIZE, self.kernel["_kernel_end"] // PAGESIZE)
        low = range(1, KERNEL_LIMIT_ADDR // PAGESIZE)
        high = range(PROC_START_ADDR // PAGESIZE, MEMSIZE_PHYSICAL // PAGESIZE)
        big = [pn for each in self.filled[1:] for pn in each]
        return [pn for pn in (*low, *high, *big) if pn not in kernel]

    # Processes

    def process_address(self, pid):
        return self.kernel["ptable"] + pid * self.kernel.size("proc")

    @functools.cached_property
    def slot_count(self):
        return self._count("ptable", "proc")

    def _count(self, symbol, structure):
        following = min(address for address in self.kernel.symbols.values() if address > self.kernel[symbol])
        return (following - self.kernel[symbol]) // self.kernel.size(structure)

    def _slots(self):
        return [self._process(slot) for slot in range(1, self.slot_count)
                if self.structure("proc", self.process_address(slot))["state"] != P_FREE]

    def _process(self, slot):
        address = self.process_address(slot)
        fields = self.structure("proc", address)
        registers = self.structure("regstate", fields["regs"]) if fields["regs"] else {}
        name = self.number(fields["image"] + self.kernel.offset("program", "name"))
        return Process(fields["pid"], fields["state"], fields["pagetable"],
                       {register.removeprefix("reg_"): value for register, value in registers.items()},
                       self.string(name))

    def regions(self, pid):
        """A process's promises."""
        regions = self.process_address(pid) + self.kernel.offset("proc", "regions")
        first = regions + self.kernel.offset("region_list", "regions_")
        count = self.number(regions + self.kernel.offset("region_list", "count_"))
        return [Region(**self.structure("region", first + i * self.kernel.size("region"))) for i in range(count)]

    def heap(self, pid):
        """(start, break) of a process's heap."""
        address = self.process_address(pid) + self.kernel.offset("proc", "heap")
        bounds = self.structure("heap_bounds", address)
        return bounds["start"], bounds["end"]

    def faults(self, pid):
        """How often each kind of page fault of a process became memory."""
        offset, size = self.kernel.fields("proc")["faults"]
        return list(struct.unpack(f"<{size // 4}I", self.read(self.process_address(pid) + offset, size)))

    def processes(self):
        """Those in the table, by pid; free slots and exit records left out."""
        return {process.pid: process for process in self._slots() if process.state != P_EXITED}

    def records(self):
        """The pids of exit records: slots whose process has gone, but for the status that its parent may ask for."""
        return [process.pid for process in self._slots() if process.state == P_EXITED]

    # Page tables

    def entries(self, pa):
        """(index, entry) of each entry of a table that is not 0."""
        return [(index, entry) for index, entry in enumerate(struct.unpack("<512Q", self.read(pa, PAGESIZE))) if entry]

    def tables(self, root, keep=False):
        """(physical address, level, virtual address) of each table of a page table, the root (level 3) first. `keep`:
        read last-level tables too."""
        def below(pa, level, va):
            yield pa, level, va
            if keep and not level:
                self.read(pa, PAGESIZE)
            for index, entry in self.entries(pa) if level else ():
                if entry & PTE_P and not entry & PTE_PS:
                    yield from below(entry & ADDRESS_BITS, level - 1, va | index << 12 + 9 * level)
        return list(below(root, 3, 0))

    def walk(self, root):
        """All present mappings of a page table, in the order of their virtual addresses."""
        result = []

        def below(pa, level, va, writable, user, executable):
            for index, entry in self.entries(pa):
                if not entry & PTE_P:
                    continue
                here = va | index << 12 + 9 * level
                here |= -(here >> 47) << 48 & (1 << 64) - 1
                rights = (writable and bool(entry & PTE_W), user and bool(entry & PTE_U),
                          executable and not entry & PTE_XD)
                size = 1 << 12 + 9 * level
                if level == 0 or entry & PTE_PS:
                    result.append(Mapping(here, entry & ADDRESS_BITS & -size, size, *rights, pa + 8 * index, entry))
                else:
                    below(entry & ADDRESS_BITS, level - 1, here, *rights)
        below(root, 3, 0, True, True, True)
        return result

    def own_mappings(self, process):
        """The part of its page table that is a process's own, by virtual address."""
        return {mapping.va: mapping for mapping in self.walk(process.pagetable) if mapping.va >= PROC_START_ADDR}

    @property
    def zero_page(self):
        """The physical address of the page of zeros; None if the kernel is built without it."""
        return self.kernel.symbols.get("zeros")

    @property
    def owes(self):
        """Whether pages are kept free for copies."""
        return self.variable("owed_mask") != 0

    def entry_address(self, root, va, level=0):
        """Where the entry for `va` lies in its table of that level; the tables above must be there."""
        for above in range(3, level, -1):
            root = self.number(root + 8 * (va >> 12 + 9 * above & 511)) & ADDRESS_BITS
        return root + 8 * (va >> 12 + 9 * level & 511)

    def entry_of_table(self, root, level, va):
        """The entry that refers to the table of level 0 to 2 in which `va` is."""
        return self.number(self.entry_address(root, va, level + 1))

    # All of it together

    def problems(self):
        """Sentences about what does not agree; an empty list if all does. Owners, counts and permissions are worked out
        anew from the processes' page tables."""
        return self._sentences if self.is_big else _Check(self).sentences


class _Check:
    """Each table is looked at once, however many processes share it."""

    def __init__(self, memory):
        self.memory = memory
        self.sentences = []
        self.references = {}            # page number: [(owner it should have, virtual address, writable)]
        self.copied = set()             # page numbers of those that some entry makes copy-on-write
        self.owed = self.away = 0
        self.tables = {}                # page number: [(pid, virtual address, level, entry above)]
        self.allowed = set(memory.process_pages())
        self.processes = memory.processes()
        for process in self.processes.values():
            self.collect_tables(process.pid, process.pagetable, 3, 0, PTE_P | PTE_W | PTE_U)
            self.check_kernel_part(process)
            self.check_regions(process)
        self.check_records()
        self.collect_kernel_tables()
        for pn, users in self.tables.items():
            self.check_table(pn, users)
        pages = {pn: memory.page(pn) for each in memory.filled for pn in each}
        for pn, page in pages.items():
            self.check_page(pn, page)
        self.check_free_pages({pn for pn, page in pages.items() if page.owner == PO_FREE})
        self.check_owed()

    def say(self, sentence):
        self.sentences.append(sentence)

    # What refers to what

    def collect_tables(self, pid, pa, level, va, entry):
        users = self.tables.setdefault(pa // PAGESIZE, [])
        users.append((pid, va, level, entry))
        if pa // PAGESIZE not in self.allowed:
            return self.say(f"pid {pid}'s level-{level} table {pa:#x} is not memory for processes")
        for index, below in self.memory.entries(pa) if level else ():
            if below & PTE_P and not below & PTE_PS:
                self.collect_tables(pid, below & ADDRESS_BITS, level - 1, va | index << 12 + 9 * level, below)
            else:
                self.say(f"pid {pid}'s level-{level} table {pa:#x} has no table in entry {index}, but {below:#x}")

    def collect_kernel_tables(self):
        """Those that are pages like others: a big machine's kernel has some."""
        for pa, level, va in self.memory.tables(self.memory.kernel["kernel_pagetable"]):
            if pa // PAGESIZE in self.allowed:
                self.tables.setdefault(pa // PAGESIZE, []).append((PO_KERNEL, va, level, PTE_P | PTE_W | PTE_U))

    def check_table(self, pn, users):
        memory, page = self.memory, self.memory.page(pn)
        pid, va, level, above = users[0]
        here = f"page {pn * PAGESIZE:#x}, a level-{level} table for {va:#x} of {[user[0] for user in users]}"
        entries = memory.entries(pn * PAGESIZE)
        if not page.is_pagetable:
            self.say(f"{here}: is_pagetable is false")
        if page.refcount != len(users):
            self.say(f"{here}: refcount {page.refcount}")
        if page.live_entries != len(entries):
            self.say(f"{here}: live_entries {page.live_entries}, but {len(entries)} entries")
        if len({user[1:3] for user in users}) > 1 or len({user[3] & ~(PTE_A | PTE_D) for user in users}) > 1:
            self.say(f"{here}: used in different ways: {users}")
        was_shared = not above & PTE_W
        copies = 1 + sum(entry & PTE_P and entry & ADDRESS_BITS != memory.zero_page for _, entry in entries)
        if len(users) > 1:
            self.owed += (len(users) - 1) * copies
        if was_shared and memory.owes and page.copies != copies:
            self.say(f"{here}: a copy takes {page.copies} pages, expected {copies}")
        if was_shared and (level or va < LARGE_PAGESIZE) or len(users) > 1 and not was_shared:
            self.say(f"{here}: the entry above is {above:#x}")
        if above & ~ADDRESS_BITS & ~(PTE_A | PTE_D | PTE_W) != PTE_P | PTE_U:
            self.say(f"{here}: the entry above is {above:#x}")
        if page.owner != (PO_SHARED if was_shared else pid):
            self.say(f"{here}: owner {page.owner}")
        if was_shared and page.pages_owner not in {0} | {user[0] for user in users}:
            self.say(f"{here}: its pages belong to {page.pages_owner}")
        if level == 0 and pid != PO_KERNEL:
            owner = pid if not was_shared else page.pages_owner or PO_SHARED
            for index, entry in entries:
                if va | index << 12 >= PROC_START_ADDR:
                    self.check_entry(pid, va | index << 12, entry, owner)

    def check_entry(self, pid, va, entry, owner):
        pa, where = entry & ADDRESS_BITS, f"pid {pid}'s entry {entry:#x} for {va:#x}"
        flags = entry & ~ADDRESS_BITS & ~(PTE_A | PTE_D)
        if flags & ~(PTE_P | PTE_W | PTE_U | PTE_COW | PTE_XD):
            self.say(f"{where} has odd permissions")
        if not flags & PTE_P:
            self.away += 1
            if pa == 0 or entry & (PTE_A | PTE_D):
                self.say(f"{where} is neither present nor away")
            return
        if not PROC_START_ADDR <= va < self.memory.user_end:
            self.say(f"{where} is outside a process's addresses")
        writes = flags & (PTE_W | PTE_COW)
        if writes == PTE_W | PTE_COW or writes and not flags & PTE_U or writes and not flags & PTE_XD:
            self.say(f"{where} is writable and also copy-on-write, not for the process, or executable")
        if pa == self.memory.zero_page:
            if writes:
                self.say(f"{where}, the page of zeros, is writable")
        elif pa // PAGESIZE not in self.allowed:
            self.say(f"{where} is not memory for processes")
        else:
            self.references.setdefault(pa // PAGESIZE, []).append((owner, va, bool(flags & PTE_W)))
            if flags & PTE_COW:
                self.copied.add(pa // PAGESIZE)

    # What pageinfo says

    def check_page(self, pn, page):
        references = self.references.get(pn, [])
        here = f"page {pn * PAGESIZE:#x} (owner {page.owner}, refcount {page.refcount}, references {references})"
        if pn not in self.allowed:
            if page.owner not in (PO_KERNEL, PO_RESERVED):
                self.say(f"{here} should be the kernel's or reserved")
            return
        if pn in self.tables:
            if references:
                self.say(f"{here} is a page table")
            return
        if page.refcount != len(references):
            self.say(f"{here}: the count is wrong")
        if page.is_pagetable:
            self.say(f"{here} is no page table")
        if len(references) > 1:
            self.owed += (len(references) - 1) * page.copies
            if page.copies != 1 and (page.copies or pn in self.copied) and self.memory.owes:
                self.say(f"{here}: a copy takes {page.copies} pages")
        if len(references) > 1 and any(writable for _, _, writable in references):
            self.say(f"{here} is shared, but writable")
        owners = {references[0][0], PO_SHARED} if len(references) == 1 else {PO_SHARED} if references else {PO_FREE}
        if page.owner not in owners:
            self.say(f"{here}: the owner should be one of {owners}")

    def check_free_pages(self, expected):
        memory = self.memory
        free = memory.free_list()
        if len(free) != len(expected) or set(free) != expected:
            self.say(f"the free list has {len(free)} pages, pageinfo {len(expected)}")
        usable = sum(map(len, memory.usable))
        unfilled = usable - sum(len(range(max(each.start, part.start), min(each.stop, part.stop)))
                                for each in memory.usable for part in memory.filled)
        for name, count in (("free_pages", len(expected) + unfilled), ("total_pages", usable)):
            if memory.variable(name) != count:
                self.say(f"{name} is {memory.variable(name)}, not {count}")

    def check_owed(self):
        owed, free = self.memory.variable("owed_pages"), self.memory.variable("free_pages")
        if owed > free or owed != (self.owed if self.memory.owes else 0):
            self.say(f"{owed} pages of {free} are owed, expected {self.owed}")
        if self.memory.variable("away_entries") != self.away:
            self.say(f"{self.memory.variable('away_entries')} entries are away, expected {self.away}")

    # Processes

    def check_kernel_part(self, process):
        """What a process has below its own addresses is the entry area, in which a page is its own, and the screen."""
        kernel, count = self.memory.kernel, PROC_START_ADDR // PAGESIZE
        code, tables, stacks, frame = (kernel[f"entry_{part}"] for part in ("code", "tables", "stacks", "frame"))
        constant, written = PTE_P | PTE_XD, PTE_P | PTE_W | PTE_XD
        expected = {CONSOLE_ADDR: CONSOLE_ADDR | written | PTE_U}
        for start, end, flags in ((code, code + 0x2000, PTE_P), (tables, stacks, constant), (stacks, frame, written)):
            expected |= {va: va | flags for va in range(start, end, PAGESIZE)}
        own = self.memory.structure("proc", self.memory.process_address(process.pid))["regs"]
        expected[frame] = own | written
        self.references.setdefault(own // PAGESIZE, []).append((process.pid, frame, True))
        entries = self.memory.read(self.memory.entry_address(process.pagetable, 0), count * 8)
        found = {index * PAGESIZE: entry & ~(PTE_A | PTE_D)
                 for index, (entry,) in enumerate(struct.iter_unpack("<Q", entries)) if entry}
        if found != expected:
            self.say(f"pid {process.pid} has other entries of the kernel's than the entry area's and the screen's")

    def check_regions(self, process):
        end, (heap_start, heap_break) = PROC_START_ADDR, self.memory.heap(process.pid)
        for each in self.memory.regions(process.pid):
            if each.start < end or each.start >= each.end or (each.start | each.end) % PAGESIZE:
                self.say(f"pid {process.pid}'s region {each} overlaps, is not sorted, empty or no pages")
            if each.perm & PTE_W and not each.perm & PTE_XD:
                self.say(f"pid {process.pid}'s region {each} promises what is writable and executable")
            if (each.source == NOTHING) != (each.label == GUARD):
                self.say(f"pid {process.pid}'s region {each} is a guard that promises something, or the other way")
            end = each.end
        if end > self.memory.user_end or heap_start > heap_break:
            self.say(f"pid {process.pid}'s regions end at {end:#x}, its heap is {heap_start:#x} to {heap_break:#x}")

    def check_records(self):
        for slot in range(1, self.memory.slot_count):
            fields = self.memory.structure("proc", self.memory.process_address(slot))
            if (fields["pagetable"] != 0) != (fields["state"] not in (P_FREE, P_EXITED)):
                self.say(f"slot {slot} has state {fields['state']} and page table {fields['pagetable']:#x}")
            if (fields["state"] == P_BLOCKED) > (fields["wait"] & 0xFF != 0):
                self.say(f"slot {slot} is blocked, but waits for nothing")
            if fields["state"] != P_FREE and fields["pid"] != slot:
                self.say(f"slot {slot} has pid {fields['pid']}")


def run_to_end(machine, kernel, limit=60):
    """Lets the machine run to its end; returns its Outcome and the memory just before it powered off (None if it ended
    in another way). `limit`: seconds of virtual time."""
    snapshots = [None]
    outcome = machine.run(limit, at_end=lambda ending: snapshots.append(Snapshot(ending, kernel)))
    return outcome, snapshots[-1]
