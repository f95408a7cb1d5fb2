"""memory.py - what the machine's memory means, read from outside

Nothing here asks the kernel: somebody gives the bytes of physical memory (`Memory.read`), their meaning comes from the
kernel's ELF file (symbols by nm, the layout of its structures by gdb), and page tables are walked by the processor's
rules (SDM vol. 3A, 4.5). The tests, the grader and gdb's commands read memory with it, each with a `read` of its own.
"""
import dataclasses
import functools
import json
import os
import struct
import subprocess

from pack import wrapped_function

FOLDER = os.path.dirname(os.path.abspath(__file__))
PAGESIZE = 4096
CONSOLE_ADDR, PROC_START_ADDR, MEMSIZE_PHYSICAL, MEMSIZE_VIRTUAL = 0xB8000, 0x100000, 0x200000, 0x300000
LONGEST_STRING = 256                    # what is longer is cut
SECTOR, STAGE2_SECTORS = 512, 12                                # boot/boot.h
KERNEL_OFFSET = (1 + STAGE2_SECTORS) * SECTOR                   # in a disk image
LARGE_PAGESIZE, BIG_MEMSIZE_VIRTUAL = 0x200000, 0x7FFFFFFFF000
KERNEL_START_ADDR, KERNEL_LIMIT_ADDR = 0x40000, 0x9F000
PO_FREE, PO_RESERVED, PO_KERNEL, PO_SHARED, PO_FILE = 0, -1, -2, -3, -4
P_FREE, P_RUNNABLE, P_BLOCKED, P_FAULTED, P_EXITED = 0, 1, 2, 3, 4
PTE_P, PTE_W, PTE_U, PTE_A, PTE_D, PTE_PS, PTE_COW, PTE_SHARED, PTE_XD = 1, 2, 4, 0x20, 0x40, 0x80, 0x200, 0x400, 1 << 63
ADDRESS_BITS = 0x000F_FFFF_FFFF_F000
ZEROS, NOTHING, FILE = 0, 1, 2          # a region's source
HEAP, STACK, GUARD, MAPPING, PROGRAM = 0, 1, 2, 3, 4        # and its label

class Kernel:
    """What a kernel's ELF file says: `symbols` (name: address; C++ names as in the source, without parameters) and, by
    `fields(structure)`, where the members of its structures lie (name: (offset, size))."""

    def __init__(self, elf, structures=None):
        """`structures`: layouts.py's, by who runs inside gdb; else a gdb is asked for them."""
        self.elf = str(elf)
        nm = os.environ.get("TOOLPREFIX", "") + "nm"
        lines = subprocess.run([nm, "-C", self.elf], check=True, capture_output=True, text=True).stdout.splitlines()
        self.symbols = {}
        for line in lines:
            address, _, name = line.split(maxsplit=2)
            if "[clone" not in name:            # a part of a function that the compiler put elsewhere
                self.symbols[wrapped_function(name) or name.split("(")[0]] = int(address, 16)
        self.structures = structures or self._ask_gdb()

    def _ask_gdb(self):
        script = (f"import json, sys; sys.path.insert(0, {FOLDER!r}); import layouts; "
                  "print(json.dumps(layouts.structures()))")
        gdb = [os.environ.get("GDB") or "gdb", "-nx", "-batch", "-ex", f"python {script}", self.elf]
        return json.loads(subprocess.run(gdb, check=True, capture_output=True, text=True).stdout)

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


@functools.lru_cache(maxsize=4096)
def entries_of(page):
    """[(index, entry)] of a table's entries that are not 0. Most pages are the same at many moments."""
    return [(index, entry) for index, entry in enumerate(struct.unpack("<512Q", page)) if entry]


@dataclasses.dataclass(frozen=True)
class Page:
    """What `pageinfo` says about one page of physical memory."""
    owner: int
    refcount: int
    is_pagetable: bool
    live_entries: int = 0               # this and the next: of page tables
    pages_owner: int = 0
    copies: int = 0


PAGE_FIELDS = "owner refcount is_pagetable live_entries pages_owner copies".split()


@functools.lru_cache(maxsize=4096)
def page_of(owner, refcount, is_pagetable, live_entries, pages_owner, copies):
    """The Page that `pageinfo` means by these unsigned numbers. Most pages are alike."""
    owner = int8(owner)
    if not is_pagetable or owner == PO_FREE:
        return Page(owner, refcount, False, copies=copies)
    return Page(owner, refcount, True, live_entries, int8(pages_owner), copies)


@dataclasses.dataclass(frozen=True)
class Region:
    start: int
    end: int
    perm: int
    source: int                         # ZEROS, NOTHING, FILE
    label: int                          # HEAP, STACK, GUARD, MAPPING, PROGRAM
    faults: int
    # Of a mapping; older kernels have none
    first_page: int = 0
    file_key: int = 0
    is_shared: int = 0
    is_write_refused: int = 0


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


class TooManyTables(Exception):
    """A page table that refers to itself, or to more tables than a machine could have."""


class Memory:
    """Physical memory at one moment, whose bytes `read` gives, under the kernel that is `kernel`. Whatever page tables
    say, it answers: those that lie outside memory are empty, and too many are `TooManyTables`."""
    TABLE_LIMIT = 40000

    def __init__(self):
        self.tables_left = self.TABLE_LIMIT

    def read(self, pa, size):
        """Bytes of physical memory."""
        raise NotImplementedError

    def read_array(self, pa, size):
        """The same, where it is much."""
        return self.read(pa, size)

    # Plain values

    def number(self, pa, size=8, signed=False):
        return int.from_bytes(self.read(pa, size), "little", signed=signed)

    def string(self, pa):
        text = b""
        while b"\0" not in text and len(text) < LONGEST_STRING:
            text += self.read(pa + len(text), PAGESIZE - (pa + len(text)) % PAGESIZE)
        return text.split(b"\0")[0][:LONGEST_STRING].decode("latin-1")

    def variable(self, name, size=8):
        """The unsigned number at a symbol."""
        return self.number(self.kernel[name], size)

    def structure(self, name, pa):
        """The members of the structure at `pa` as unsigned numbers."""
        return {field: self.number(pa + offset, size) for field, (offset, size) in self.kernel.fields(name).items()}

    @functools.cached_property
    def npages(self):
        return self.variable("npages")

    @functools.cached_property
    def is_big(self):
        return self.npages > MEMSIZE_PHYSICAL // PAGESIZE

    @functools.cached_property
    def user_end(self):
        return self.variable("user_end")

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
        return [(each, self.kernel.columns("physical_pageinfo",
                                           self.read_array(self.page_address(each.start), len(each) * size)))
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
        columns, index = self._place(pn)
        return page_of(*(columns[name][index] for name in PAGE_FIELDS))

    def filled_pages(self):
        """(page number, Page) of each whose `pageinfo` is filled in."""
        for pages, columns in self._pageinfo:
            for pn, values in zip(pages, zip(*(columns[name] for name in PAGE_FIELDS))):
                yield pn, page_of(*values)

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

    def is_table(self, pa):
        """Whether a table can lie at `pa`."""
        return pa % PAGESIZE == 0 and pa < self.npages * PAGESIZE

    def entries(self, pa):
        """(index, entry) of each entry of a table that is not 0."""
        self.tables_left -= 1
        if self.tables_left < 0:
            raise TooManyTables(f"its page table refers to more than {self.TABLE_LIMIT} tables")
        return entries_of(self.read(pa, PAGESIZE)) if self.is_table(pa) else []

    def tables(self, root):
        """(physical address, level, virtual address) of each table of a page table, the root (level 3) first."""
        self.tables_left = self.TABLE_LIMIT

        def below(pa, level, va):
            yield pa, level, va
            for index, entry in self.entries(pa) if level else ():
                if entry & PTE_P and not entry & PTE_PS:
                    yield from below(entry & ADDRESS_BITS, level - 1, va | index << 12 + 9 * level)
        return list(below(root & ADDRESS_BITS, 3, 0))

    def walk(self, root):
        """All present mappings of a page table, in the order of their virtual addresses."""
        self.tables_left = self.TABLE_LIMIT
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
        below(root & ADDRESS_BITS, 3, 0, True, True, True)
        return result

    def levels(self, root, va):
        """(level, physical address of the entry, entry) of each step of the processor's walk to `va`, as far as there
        are tables."""
        table = root & ADDRESS_BITS
        for level in range(3, -1, -1):
            if not self.is_table(table):
                return
            at = table + 8 * (va >> 12 + 9 * level & 511)
            entry = self.number(at)
            yield level, at, entry
            if not entry & PTE_P or level and entry & PTE_PS:
                return
            table = entry & ADDRESS_BITS

    def find(self, root, va):
        """The `Mapping` in which `va` is, or None."""
        writable = user = executable = True
        level, at, entry = 4, 0, PTE_P
        for level, at, entry in self.levels(root, va):
            writable, user = writable and bool(entry & PTE_W), user and bool(entry & PTE_U)
            executable = executable and not entry & PTE_XD
        if not entry & PTE_P or level == 4 or level and not entry & PTE_PS:
            return None
        size = 1 << 12 + 9 * level
        return Mapping(va & -size, entry & ADDRESS_BITS & -size, size, writable, user, executable, at, entry)

    def address(self, root, va):
        """The physical address of `va`, or None."""
        found = self.find(root, va)
        return found.pa + va % found.size if found else None

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
