"""problems.py - what does not agree in the machine's memory: owners, counts, permissions, the free list, promises

All of it is worked out anew from the processes' page tables (build/memory.py reads them), and compared with what the
kernel says.
"""
import struct

from memory import (ADDRESS_BITS, CONSOLE_ADDR, GUARD, LARGE_PAGESIZE, NOTHING, PAGESIZE, PO_FREE, PO_KERNEL,
                    PO_RESERVED, PO_SHARED, PROC_START_ADDR, PTE_A, PTE_COW, PTE_D, PTE_P, PTE_PS, PTE_SHARED, PTE_U, PTE_W, PTE_XD,
                    P_BLOCKED, P_EXITED, P_FREE, Page)


UNUSED = Page(PO_FREE, 0, False)


def problems_of(memory):
    """Sentences about what does not agree in a `Memory`; an empty list if all does."""
    return _Check(memory).sentences


class _Check:
    """Each table is looked at once, however many processes share it."""

    def __init__(self, memory):
        self.memory = memory
        self.sentences = []
        self.references = {}            # page number: [(owner it should have, virtual address, writable)]
        self.copied = set()             # page numbers of those that some entry makes copy-on-write
        self.owed = self.away = 0
        self.zero_page, self.user_end = memory.zero_page, memory.user_end
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
        pages = dict(memory.filled_pages())
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
        copies = 1 + sum(entry & PTE_P and entry & ADDRESS_BITS != self.zero_page for _, entry in entries)
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
        flags = entry & ~(ADDRESS_BITS | PTE_A | PTE_D)
        if flags & ~(PTE_P | PTE_W | PTE_U | PTE_COW | PTE_SHARED | PTE_XD):
            self.say(f"{where} has odd permissions")
        if not flags & PTE_P:
            self.away += 1
            if pa == 0 or entry & (PTE_A | PTE_D):
                self.say(f"{where} is neither present nor away")
            return
        if not PROC_START_ADDR <= va < self.user_end:
            self.say(f"{where} is outside a process's addresses")
        writes = flags & (PTE_W | PTE_COW)
        if writes == PTE_W | PTE_COW or writes and not flags & PTE_U or writes and not flags & PTE_XD:
            self.say(f"{where} is writable and also copy-on-write, not for the process, or executable")
        if pa == self.zero_page:
            if writes:
                self.say(f"{where}, the page of zeros, is writable")
        elif pa // PAGESIZE not in self.allowed:
            self.say(f"{where} is not memory for processes")
        else:
            self.references.setdefault(pa // PAGESIZE, []).append((owner, va, flags & (PTE_W | PTE_SHARED) == PTE_W))
            if flags & PTE_COW:
                self.copied.add(pa // PAGESIZE)

    # What pageinfo says

    def check_page(self, pn, page):
        references = self.references.get(pn, [])
        if page == UNUSED and not references and pn in self.allowed and pn not in self.tables:
            return
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


