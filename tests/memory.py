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
import struct
import subprocess

from screen import ADDRESS, SIZE, Screen

PAGESIZE = 4096
CONSOLE_ADDR, PROC_START_ADDR, MEMSIZE_PHYSICAL, MEMSIZE_VIRTUAL = 0xB8000, 0x100000, 0x200000, 0x300000
KERNEL_START_ADDR, KERNEL_LIMIT_ADDR = 0x40000, 0x9F000
PO_FREE, PO_RESERVED, PO_KERNEL, PO_SHARED = 0, -1, -2, -3
P_FREE, P_RUNNABLE, P_BLOCKED, P_FAULTED = 0, 1, 2, 3
PTE_P, PTE_W, PTE_U, PTE_A, PTE_D, PTE_PS, PTE_XD = 1, 2, 4, 0x20, 0x40, 0x80, 1 << 63
ADDRESS_BITS = 0x000F_FFFF_FFFF_F000

QUERY = """
import gdb, json
names = "proc physical_pageinfo regstate epitaph_record program".split()
types = {name: gdb.lookup_type(name) for name in names}
print(json.dumps({name: [kind.sizeof, {field.name: [field.bitpos // 8, field.type.sizeof] for field in kind.fields()}]
                  for name, kind in types.items()}))
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
                self.symbols[name.split("(")[0]] = int(address, 16)
        gdb = [os.environ.get("GDB") or "gdb", "-nx", "-batch", "-ex", f"python exec({QUERY!r})", self.elf]
        self.structures = json.loads(subprocess.run(gdb, check=True, capture_output=True, text=True).stdout)

    def __getitem__(self, name):
        """The address of a symbol."""
        return self.symbols[name]

    def size(self, structure):
        return self.structures[structure][0]

    def fields(self, structure):
        return self.structures[structure][1]

    def offset(self, structure, field):
        return self.fields(structure)[field][0]


kernel_of = functools.cache(Kernel)             # kernel_of(path): the same, read once


@dataclasses.dataclass(frozen=True)
class Page:
    """What `pageinfo` says about one page of physical memory."""
    owner: int
    refcount: int
    is_pagetable: bool


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


class Snapshot:
    """All of memory at one moment, up to the end of the program images."""

    def __init__(self, machine, kernel):
        self.kernel = kernel
        size = -(-kernel["_programs_end"] // PAGESIZE) * PAGESIZE
        self.bytes = machine.read_memory(0, size)
        self.screen = Screen(self.bytes[ADDRESS:ADDRESS + SIZE])

    # Plain values

    def read(self, pa, size):
        return self.bytes[pa:pa + size]

    def number(self, pa, size=8, signed=False):
        return int.from_bytes(self.bytes[pa:pa + size], "little", signed=signed)

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
        return self.kernel["pageinfo"] + pn * self.kernel.size("physical_pageinfo")

    def page(self, pn):
        fields = self.structure("physical_pageinfo", self.page_address(pn))
        owner = struct.unpack("<i", struct.pack("<I", fields["owner"]))[0]
        return Page(owner, fields["refcount"], bool(fields["is_pagetable"]) and owner != PO_FREE)

    @functools.cached_property
    def pages(self):
        """All of them, by page number."""
        return [self.page(pn) for pn in range(MEMSIZE_PHYSICAL // PAGESIZE)]

    def free_list(self):
        """Page numbers, in the order in which the kernel will hand them out."""
        result, pn = [], self.variable("first_free", 4)
        while pn and len(result) <= len(self.pages):
            result.append(pn)
            pn = self.structure("physical_pageinfo", self.page_address(pn))["next_free"]
        return result

    def process_pages(self):
        """Numbers of the pages that may belong to processes: those that are neither the kernel's image nor reserved."""
        kernel = range(self.kernel["_kernel_start"] // PAGESIZE, self.kernel["_kernel_end"] // PAGESIZE)
        low = range(1, KERNEL_LIMIT_ADDR // PAGESIZE)
        return [pn for pn in (*low, *range(PROC_START_ADDR // PAGESIZE, len(self.pages))) if pn not in kernel]

    # Processes

    def process_address(self, pid):
        return self.kernel["ptable"] + pid * self.kernel.size("proc")

    @functools.cached_property
    def slot_count(self):
        return self._count("ptable", "proc")

    def _count(self, symbol, structure):
        following = min(address for address in self.kernel.symbols.values() if address > self.kernel[symbol])
        return (following - self.kernel[symbol]) // self.kernel.size(structure)

    def processes(self):
        """Those in the table, by pid; free slots left out."""
        result = {}
        for slot in range(self.slot_count):
            address = self.process_address(slot)
            fields = self.structure("proc", address)
            if fields["state"] == P_FREE:
                continue
            registers = self.structure("regstate", address + self.kernel.offset("proc", "regs"))
            name = self.number(fields["image"] + self.kernel.offset("program", "name"))
            result[slot] = Process(fields["pid"], fields["state"], fields["pagetable"],
                                   {register.removeprefix("reg_"): value for register, value in registers.items()},
                                   self.string(name))
        return result

    # Page tables

    def tables(self, root):
        """(physical address, level, virtual address) of each table of a page table, the root (level 3) first."""
        def below(pa, level, va):
            yield pa, level, va
            for index in range(512 if level else 0):
                entry = self.number(pa + 8 * index)
                if entry & PTE_P and not entry & PTE_PS:
                    yield from below(entry & ADDRESS_BITS, level - 1, va | index << 12 + 9 * level)
        return list(below(root, 3, 0))

    def walk(self, root):
        """All present mappings of a page table, in the order of their virtual addresses."""
        result = []

        def below(pa, level, va, writable, user, executable):
            for index, (entry,) in enumerate(struct.iter_unpack("<Q", self.read(pa, PAGESIZE))):
                if not entry & PTE_P:
                    continue
                here = va | index << 12 + 9 * level
                here |= -(here >> 47) << 48 & (1 << 64) - 1
                rights = (writable and bool(entry & PTE_W), user and bool(entry & PTE_U),
                          executable and not entry & PTE_XD)
                size = 1 << 12 + 9 * level
                if level == 0 or entry & PTE_PS:
                    result.append(Mapping(here, entry & ADDRESS_BITS & -size, size, *rights, pa + 8 * index))
                else:
                    below(entry & ADDRESS_BITS, level - 1, here, *rights)
        below(root, 3, 0, True, True, True)
        return result

    def own_mappings(self, process):
        """The part of its page table that is a process's own, by virtual address."""
        return {mapping.va: mapping for mapping in self.walk(process.pagetable) if mapping.va >= PROC_START_ADDR}

    def entry_address(self, root, va):
        """Where the last-level entry for `va` lies; its tables must be there."""
        for level in (3, 2, 1):
            root = self.number(root + 8 * (va >> 12 + 9 * level & 511)) & ADDRESS_BITS
        return root + 8 * (va >> 12 & 511)

    # All of it together

    def problems(self):
        """Sentences about what does not agree; an empty list if all does. Owners, counts and permissions are worked out
        anew from the processes' page tables."""
        return _Check(self).sentences


class _Check:
    def __init__(self, memory):
        self.memory = memory
        self.sentences = []
        self.references = {}            # page number: [(pid, va, writable)]; page tables have va None
        self.tables = set()
        allowed = set(memory.process_pages())
        for process in memory.processes().values():
            self.check_process(process, allowed)
        for pn, page in enumerate(memory.pages):
            self.check_page(pn, page, pn in allowed)
        free = memory.free_list()
        expected = {pn for pn, page in enumerate(memory.pages) if page.owner == PO_FREE}
        if len(free) != len(expected) or set(free) != expected:
            self.say(f"the free list has {len(free)} pages, pageinfo {len(expected)}")
        if memory.variable("free_pages") != len(expected):
            self.say(f"free_pages is {memory.variable('free_pages')}, not {len(expected)}")

    def say(self, sentence):
        self.sentences.append(sentence)

    def check_process(self, process, allowed):
        memory, pid = self.memory, process.pid
        for pa, level, _va in memory.tables(process.pagetable):
            self.refer(pa, pid, None, False)
            self.tables.add(pa // PAGESIZE)
            if pa // PAGESIZE not in allowed or memory.page(pa // PAGESIZE).owner != pid:
                self.say(f"pid {pid}'s level-{level} table {pa:#x} is not its own page")
        mappings = memory.walk(process.pagetable)
        guard = memory.kernel["kernel_stack_guard"]
        kernel_part = [va for va in range(PAGESIZE, PROC_START_ADDR, PAGESIZE) if va != guard]
        if [mapping.va for mapping in mappings if mapping.va < PROC_START_ADDR] != kernel_part:
            self.say(f"pid {pid} does not have all of the kernel's mappings")
        for mapping in mappings:
            where = f"pid {pid}'s mapping of {mapping.va:#x} to {mapping.pa:#x}"
            if mapping.va < PROC_START_ADDR:
                if mapping.pa != mapping.va or mapping.user != (mapping.va == CONSOLE_ADDR):
                    self.say(f"{where} is not the kernel's")
                continue
            if not PROC_START_ADDR <= mapping.va < MEMSIZE_VIRTUAL or mapping.size != PAGESIZE or not mapping.user:
                self.say(f"{where} is no user page in its range")
            if mapping.pa // PAGESIZE not in allowed:
                self.say(f"{where} is not memory for processes")
            if mapping.writable and mapping.executable:
                self.say(f"{where} is writable and executable")
            self.refer(mapping.pa, pid, mapping.va, mapping.writable)

    def refer(self, pa, pid, va, writable):
        self.references.setdefault(pa // PAGESIZE, []).append((pid, va, writable))

    def check_page(self, pn, page, is_allowed):
        references = self.references.get(pn, [])
        here = f"page {pn * PAGESIZE:#x} (owner {page.owner}, refcount {page.refcount}, references {references})"
        if not is_allowed:
            if page.owner not in (PO_KERNEL, PO_RESERVED):
                self.say(f"{here} should be the kernel's or reserved")
            return
        if page.refcount != len(references):
            self.say(f"{here}: the count is wrong")
        if page.is_pagetable != (pn in self.tables):
            self.say(f"{here}: is_pagetable is {page.is_pagetable}")
        if len(references) > 1 and (any(writable for _, _, writable in references) or pn in self.tables):
            self.say(f"{here} is shared, but writable or a page table")
        owners = {references[0][0], PO_SHARED} if len(references) == 1 else {PO_SHARED} if references else {PO_FREE}
        if page.owner not in owners:
            self.say(f"{here}: the owner should be one of {owners}")


def run_to_end(machine, kernel, limit=60):
    """Lets the machine run to its end; returns its Outcome and the memory just before it powered off (None if it ended
    in another way). `limit`: seconds of virtual time."""
    snapshots = [None]
    outcome = machine.run(limit, at_end=lambda ending: snapshots.append(Snapshot(ending, kernel)))
    return outcome, snapshots[-1]
