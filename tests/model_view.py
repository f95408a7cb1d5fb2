"""model_view.py - a machine that stands still, compared with the plain model

The machine's memory is a file that this process maps, so looking costs nothing: page tables are walked by the
processor's rules, owners and counts come from `pageinfo`, all by the layout that the kernel's ELF file tells. What was
read before and has not changed is not taken apart again.

    view = View(kernel, memory, program)        # memory: an mmap
    sentences = view.compare(state)             # empty if the machine is as the model
"""
import struct

from memory import (ADDRESS_BITS, GUARD, P_RUNNABLE, PAGESIZE, PO_FREE, PO_KERNEL, PO_SHARED, PROC_START_ADDR, PTE_A,
                    PTE_COW, PTE_D, PTE_P, PTE_U, PTE_W, PTE_XD, STACK, int8)
from snapshot import Snapshot
from model_replay import EXECUTE, MAPPING, MEMORY, NPROC, READ, SYSCALL, WRITE, ZERO_FRAME, down

ENTRIES = struct.Struct("<512Q")


def permissions(entry):
    """What an entry of a last-level table lets the process do, now or when it tries."""
    if not entry & PTE_U:
        return 0
    return READ | (WRITE if entry & (PTE_W | PTE_COW) else 0) | (0 if entry & PTE_XD else EXECUTE)


class Tables:
    """One page table: `tables` {address: level}, `pages` {va: (pa, entry, address of its table)}; `raw`, the tables as
    they were read."""

    def __init__(self, memory, root):
        self.tables, self.pages, self.raw, self.odd, self.above = {}, {}, {}, [], {}
        self.walk(memory, root, 3, 0, PTE_W)

    def walk(self, memory, pa, level, va, above):
        self.raw[pa] = raw = memory[pa:pa + PAGESIZE]
        self.tables[pa], self.above[pa] = level, above
        if len(raw) < PAGESIZE:
            return self.odd.append(f"a level-{level} table at {pa:#x}, which is no memory")
        for index, entry in enumerate(ENTRIES.unpack(raw)):
            here = va | index << 12 + 9 * level
            if not entry or here < PROC_START_ADDR and level == 0:
                continue
            address = entry & ADDRESS_BITS
            if not entry & PTE_P or level and not entry & PTE_U:
                self.odd.append(f"entry {entry:#x} of the level-{level} table for {here:#x}")
            elif level == 0:
                self.pages[here] = address, entry, pa
            elif len(self.tables) < 10000:
                self.walk(memory, address, level - 1, here, entry)

    def is_still(self, memory):
        return all(memory[pa:pa + PAGESIZE] == raw for pa, raw in self.raw.items())


class View:
    def __init__(self, kernel, memory, program):
        self.kernel, self.memory, self.program = kernel, memory, program
        self.proc_size, self.info_size = kernel.size("proc"), kernel.size("physical_pageinfo")
        self.fields = kernel.fields("proc")
        self.zero_page = kernel.symbols.get("zeros")
        self.known, self.spaces, self.complaints = {}, {}, []
        self.kernels_own = None
        self.homes = {}                 # frame of the model: the physical page where it was first seen

    # Reading

    def number(self, pa, size=8):
        return int.from_bytes(self.memory[pa:pa + size], "little")

    def variable(self, name, size=8):
        return self.number(self.kernel[name], size)

    def proc(self, pid, field):
        offset, size = self.fields[field]
        return self.number(self.kernel["ptable"] + pid * self.proc_size + offset, size)

    def regions(self, pid):
        kernel = self.kernel
        base = kernel["ptable"] + pid * self.proc_size + self.fields["regions"][0]
        first, size = base + kernel.offset("region_list", "regions_"), kernel.size("region")
        fields = [kernel.fields("region")[name] for name in ("start", "end", "perm", "label")]
        result = []
        for i in range(min(18, self.number(base + kernel.offset("region_list", "count_")))):
            start, end, perm, label = (self.number(first + i * size + at, n) for at, n in fields)
            result.append([start, end, permissions(perm) if label != GUARD else 0, label])
        heap = kernel["ptable"] + pid * self.proc_size + self.fields["heap"][0]
        start, end = (self.number(heap + kernel.offset("heap_bounds", name)) for name in ("start", "end"))
        return result, start, end

    def refresh(self):
        """Reads all page tables that have changed."""
        self.spaces = {}
        for pid in range(1, NPROC):
            root = self.proc(pid, "pagetable")
            if not root:
                continue
            known = self.known.get(root)
            if not known or not known.is_still(self.memory):
                known = self.known[root] = Tables(self.memory, root)
            self.spaces[pid] = known
        self.known = {self.proc(pid, "pagetable"): tables for pid, tables in self.spaces.items()}

    def bytes_of(self, pid, va, size):
        """A process's memory."""
        result = b""
        while size:
            page = self.spaces[pid].pages.get(down(va)) if pid in self.spaces else None
            part = min(size, PAGESIZE - va % PAGESIZE)
            pa = page[0] + va % PAGESIZE if page else None
            result += self.memory[pa:pa + part] if page else bytes(part)
            va, size = va + part, size - part
        return result

    # What calls say about the machine itself

    def say(self, sentence):
        self.complaints.append(sentence)

    def answer(self, step):
        """The bytes that a call has stored whose answer is about the machine itself; empty for other steps."""
        if step.what != SYSCALL or step.number not in (MAPPING, MEMORY):
            return b""
        return self.bytes_of(step.pid, *((step.b, 16) if step.number == MAPPING else (step.a, 104)))

    def check_answer(self, step):
        """Whether that is true."""
        raw = self.answer(step)
        if raw:
            (self.check_mapping if step.number == MAPPING else self.check_memory)(step, raw)

    def check_mapping(self, step, raw):
        pa, perm = struct.unpack("<2Q", raw)
        found = self.spaces[step.pid].pages.get(down(step.a)) if step.pid in self.spaces else None
        expected = (1 << 64) - 1, 0
        if found:
            above = self.spaces[step.pid].above[found[2]]
            expected = found[0], found[1] & ~ADDRESS_BITS & ~(0 if above & PTE_W else PTE_W)
        accessed = PTE_A | PTE_D
        if (pa, perm & ~accessed) != (expected[0], expected[1] & ~accessed):
            self.say(f"{step} answered ({pa:#x}, {perm:#x}), expected ({expected[0]:#x}, {expected[1]:#x})")

    def check_memory(self, step, raw):
        space, (regions, *_) = self.spaces[step.pid], self.regions(step.pid)
        resident = [page for page in space.pages.values() if page[0] != self.zero_page]
        promised = [each for each in regions if each[3] != GUARD]
        kept = sum(any(each[0] <= va < each[1] for each in promised) for va in space.pages)
        expected = {
            "total": self.variable("total_pages"), "free": self.variable("free_pages"),
            "owed": self.variable("owed_pages"), "resident": len(resident),
            "promised": sum(each[1] - each[0] for each in promised) // PAGESIZE - kept,
            "shared": sum(self.refcount(pa) > 1 or self.refcount(table) > 1 for pa, _, table in resident),
            "tables": len(space.tables),
        }
        for (name, value), found in zip(expected.items(), struct.unpack("<13Q", raw)):
            if value != found:
                self.say(f"{step} answered {name}={found}, expected {value}")

    def refcount(self, pa):
        offset, size = self.kernel.fields("physical_pageinfo")["refcount"]
        return self.number(self.variable("pageinfo") + pa // PAGESIZE * self.info_size + offset, size)

    def changed(self, process):
        """[(va, is_zeros)]: pages that were not there in the machine before, or other ones."""
        found = self.spaces[process.pid].pages if process.pid in self.spaces else {}
        return [(va, pa == self.zero_page) for va, (pa, _, _) in found.items()
                if pa != self.home(process.space.pages.get(va))]

    def home(self, page):
        """Where the machine has this page of the model, if that was seen."""
        return page and (self.zero_page if page.frame == ZERO_FRAME else self.homes.get(page.frame))

    # Comparing

    def compare(self, state):
        """Sentences about what is not as in the model."""
        self.frames = {}                # page: the frame that is there
        for pid in range(1, NPROC):
            self.compare_process(state, pid)
        self.compare_counts()
        said, self.complaints = self.complaints, []
        return said

    def compare_process(self, state, pid):
        process, found = state.slots.get(pid), self.proc(pid, "state")
        expected = process.state if process else 0
        if found != expected:
            return self.say(f"pid {pid}: state {found}, expected {expected}")
        if not process:
            return None
        children = len(state.children(pid))
        for name, value in (("parent", process.parent), ("children", children), ("status", process.status)):
            if self.proc(pid, name) != value and (name != "status" or process.state != P_RUNNABLE):
                self.say(f"pid {pid}: {name} {self.proc(pid, name)}, expected {value}")
        if (self.proc(pid, "pagetable") != 0) != (process.space is not None):
            return self.say(f"pid {pid}: page table {self.proc(pid, 'pagetable'):#x}, expected otherwise")
        return self.compare_space(state, process) if process.space else None

    def compare_space(self, state, process):
        pid, space, found = process.pid, process.space, self.spaces[process.pid]
        for sentence in found.odd:
            self.say(f"pid {pid}: {sentence}")
        expected = [list(each) for each in space.regions], space.heap_start, space.heap_break
        if self.regions(pid) != expected:
            self.say(f"pid {pid}: promised {self.shown(*self.regions(pid))}, expected {self.shown(*expected)}")
        for va in sorted(space.pages.keys() ^ found.pages.keys()):
            there = "a page" if va in found.pages else "no page"
            self.say(f"pid {pid}, {va:#x}: {there}, expected otherwise")
        stack = state.settings.user_end - PAGESIZE
        for va, page in list(space.pages.items()):
            if va in found.pages:
                self.compare_page(state, process, va, page, is_new=va == stack and process.arguments is not None)

    @staticmethod
    def shown(regions, start, end):
        parts = [f"{each[0]:#x}-{each[1]:#x} " + ("guard" if each[3] == GUARD else f"prot {each[2]}"
                                                 + (" stack" if each[3] == STACK else " heap")) for each in regions]
        return f"({', '.join(parts)}; heap {start:#x}-{end:#x})"

    def compare_page(self, state, process, va, expected, is_new):
        pa, entry, _table = self.spaces[process.pid].pages[va]
        where = f"pid {process.pid}, {va:#x}"
        if expected.frame == ZERO_FRAME and pa != self.zero_page:
            return self.say(f"{where}: page {pa:#x}, expected the page of zeros")
        if expected.frame != ZERO_FRAME and self.homes.setdefault(expected.frame, pa) != pa:
            return self.say(f"{where}: page {pa:#x}, expected {self.homes[expected.frame]:#x}")
        if self.frames.setdefault(pa, expected.frame) != expected.frame:
            self.say(f"{where}: page {pa:#x}, which others have too, expected one of its own")
        if permissions(entry) != expected.perm:
            self.say(f"{where}: permissions {permissions(entry)} (entry {entry:#x}), expected {expected.perm}")
        content = self.memory[pa:pa + PAGESIZE]
        if content == expected.content:
            return None
        if is_new and content[process.arguments:] == expected.content[process.arguments:]:
            if self.is_settled(process.pid):
                state.settle(process.pid, content)
            return None
        at = next(i for i in range(0, PAGESIZE, 8) if content[i:i + 8] != expected.content[i:i + 8])
        return self.say(f"{where}: at offset {at:#x} there is {content[at:at + 8][::-1].hex()}, "
                        f"expected {expected.content[at:at + 8][::-1].hex()}")

    def is_settled(self, pid):
        """Whether a process has begun to wait for its steps."""
        rip = self.number(self.frame(pid) + self.kernel.offset("regstate", "reg_rip"))
        return self.program["process_main"] <= rip < self.program["model_checkpoint"] + PAGESIZE // 16

    def frame(self, pid):
        """Where the process's registers are saved, on a page of its own."""
        return self.number(self.kernel["ptable"] + pid * self.proc_size + self.kernel.offset("proc", "regs"))

    # Owners and counts

    def references(self):
        """({page: [(owner, writable)]}, {table: [(pid, level, entry above)]})"""
        pages, tables = {}, {}
        for pid, space in self.spaces.items():
            for pa, level in space.tables.items():
                tables.setdefault(pa, []).append((pid, level, space.above[pa]))
            for pa, entry, table in space.pages.values():
                if len(tables[table]) > 1 or pa == self.zero_page:
                    continue            # each table is counted once
                owner = pid if space.above[table] & PTE_W else self.info(table)[2] or PO_SHARED
                pages.setdefault(pa, []).append((owner, entry & PTE_W))
            pages.setdefault(self.frame(pid), []).append((pid, PTE_W))
        return pages, tables

    def info(self, pa):
        """(refcount, owner, owner of its pages, whether it is a page table)"""
        fields = self.kernel.fields("physical_pageinfo")
        at = self.variable("pageinfo") + pa // PAGESIZE * self.info_size
        values = {name: self.number(at + fields[name][0], fields[name][1])
                  for name in ("refcount", "owner", "pages_owner", "is_pagetable")}
        return values["refcount"], int8(values["owner"]), int8(values["pages_owner"]), bool(values["is_pagetable"])

    def compare_counts(self):
        if self.kernels_own is None:
            self.find_constant_pages()
        pages, tables = self.references()
        taken = 0
        for pa in sorted(pages.keys() | tables.keys()):
            if pa // PAGESIZE not in self.allowed:
                self.say(f"page {pa:#x} is not memory for processes")
                continue
            taken += 1
            self.compare_count(pa, pages.get(pa, []), tables.get(pa, []))
        free = self.variable("free_pages")
        if free + taken != self.free_at_start:
            self.say(f"{free} pages are free and {taken} in use, which does not make {self.free_at_start}; of nobody: "
                     f"{', '.join(map(hex, self.leaked())) or 'none'}")

    def compare_count(self, pa, references, users):
        refcount, owner, _, is_pagetable = self.info(pa)
        here = f"page {pa:#x} (owner {owner}, refcount {refcount})"
        if is_pagetable != bool(users) or users and references:
            return self.say(f"{here} is {'a' if users else 'no'} page table, expected otherwise")
        if refcount != len(references or users):
            return self.say(f"{here}: expected refcount {len(references or users)}")
        if users:
            expected = {PO_SHARED} if not users[0][2] & PTE_W else {users[0][0]}
            is_writable = len(users) > 1 and any(user[2] & PTE_W for user in users)
        else:
            expected = {references[0][0], PO_SHARED} if len(references) == 1 else {PO_SHARED}
            is_writable = len(references) > 1 and any(writable for _, writable in references)
        if owner not in expected:
            self.say(f"{here}: expected owner {sorted(expected)}")
        if is_writable:
            self.say(f"{here}: shared, but writable")
        return None

    def find_constant_pages(self):
        """What can be a process's, and how much of it there is: found once, as memory.py says it."""
        snapshot = self.snapshot()
        self.complaints += snapshot.problems()
        pages, tables = self.references()
        self.kernels_own = set()
        if snapshot.is_big:
            self.kernels_own = {pa for pa, _, _ in snapshot.tables(self.kernel["kernel_pagetable"])}
        self.allowed = {pn for each in snapshot.usable for pn in each}
        self.free_at_start = self.variable("free_pages") + len(pages.keys() | tables.keys())

    def snapshot(self):
        """All of it as memory.py sees it, whose `problems` are another opinion."""
        return Snapshot(self, self.kernel)

    def read_memory(self, address, size):
        return self.memory[address:address + size]

    @staticmethod
    def command(_name):
        return {"running": False}

    def leaked(self):
        """Pages that are nobody's, and not free either, for a sentence about free pages."""
        pages, tables = self.references()
        used = pages.keys() | tables.keys() | self.kernels_own
        return [pn * PAGESIZE for each in self.snapshot().filled for pn in each if pn in self.allowed
                and pn * PAGESIZE not in used and self.info(pn * PAGESIZE)[1] not in (PO_FREE, PO_KERNEL)]
