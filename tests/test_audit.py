"""The audit finds what is wrong in memory, and says it once, in one sentence.

Each test lets p-fork make its four processes, stops at a check of memory, changes memory behind the kernel's back, and
reads what the kernel has to say. Two more checks follow, which must not repeat it.
"""
import dataclasses
import re

import pytest
import qemu
from memory import (MEMSIZE_VIRTUAL, PAGESIZE, PO_FREE, PO_KERNEL, PO_SHARED, PTE_COW, PTE_P, PTE_U, PTE_W, PTE_XD,
                    kernel_of)
from snapshot import Snapshot, run_to_end

PWU = PTE_P | PTE_W | PTE_U | PTE_XD
UNUSED_VA = 0x1F0000                    # no process has a page there yet, but each has the table for it
WORDS = "fork pace=1 stop=101"          # memory is checked at ticks 50, 100 and 101


@dataclasses.dataclass
class Change:
    address: int                        # physical, of `size` bytes
    value: int
    size: int = 8


def page_change(memory, pn, field, value):
    offset, size = memory.kernel.fields("physical_pageinfo")[field]
    return Change(memory.page_address(pn) + offset, value & (1 << 8 * size) - 1, size)


def entry(memory, pid, va):
    return memory.entry_address(memory.processes()[pid].pagetable, va)


def entry_change(memory, pid, va, value):
    """Changes an entry, and the number of its table's entries and pages with it."""
    address = entry(memory, pid, va)
    page, more = memory.page(address // PAGESIZE), (value != 0) - (memory.number(address) != 0)
    return [Change(address, value), page_change(memory, address // PAGESIZE, "live_entries", page.live_entries + more),
            page_change(memory, address // PAGESIZE, "copies", page.copies + more)]


def upper_entry(memory, pid, va):
    """Where the entry lies that refers to the last-level table for `va`."""
    tables = memory.tables(memory.processes()[pid].pagetable)
    return next(pa for pa, level, start in tables if level == 1 and start == va >> 30 << 30) + 8 * (va >> 21 & 511)


def some_page(memory, pid, writable):
    """The first mapping of that kind that the process has."""
    own = memory.own_mappings(memory.processes()[pid]).values()
    return next(mapping for mapping in own if mapping.writable == writable and mapping.pa != memory.zero_page)


# Each returns the changes to make, and the sentence to expect

def a_page_of_the_kernels_that_a_process_may_use(memory):
    va = memory.kernel["entry_stacks"]
    address = entry(memory, 2, va)
    before = memory.number(address) & ~0x60
    return ([Change(address, before | PTE_U)],
            f"page {va:#x}: kernel mapping, expected entry {before:#x}, found {before | PTE_U:#x} (pid 2, va {va:#x})")


def a_page_more_of_the_kernels(memory):
    va = memory.kernel["ptable"] & -PAGESIZE
    return (entry_change(memory, 2, va, va | PTE_P),
            f"page {va:#x}: kernel mapping, expected entry 0x0, found {va | PTE_P:#x} (pid 2, va {va:#x})")


def a_kernel_page_missing_from_a_process(memory):
    va = memory.kernel["entry_stacks"]
    before = memory.number(entry(memory, 3, va)) & ~0x60
    return (entry_change(memory, 3, va, 0),
            f"page {va:#x}: kernel mapping, expected entry {before:#x}, found 0x0 (pid 3, va {va:#x})")


def a_screen_that_a_process_may_not_use(memory):
    address = entry(memory, 1, 0xB8000)
    before = memory.number(address) & ~0x60
    return ([Change(address, before & ~PTE_U)],
            f"page 0xb8000: kernel mapping, expected entry {before:#x}, found {before & ~PTE_U:#x} (pid 1, va 0xb8000)")


def a_user_mapping_of_kernel_memory(memory):
    pa = memory.kernel["ptable"] & -PAGESIZE
    return (entry_change(memory, 2, UNUSED_VA, pa | PWU),
            f"page {pa:#x}: kernel memory, expected no user mapping, found permissions {PWU:#x} "
            f"(pid 2, va {UNUSED_VA:#x})")


def a_user_mapping_of_what_is_reserved(memory):
    return (entry_change(memory, 2, UNUSED_VA, 0xF0000 | PTE_P | PTE_U),
            f"page 0xf0000: kernel memory, expected no user mapping, found permissions 0x5 (pid 2, va {UNUSED_VA:#x})")


def a_mapping_of_what_is_no_memory(memory):
    return (entry_change(memory, 4, UNUSED_VA, 0x300000 | PWU),
            f"page 0x[0-9a-f]+: mapping, expected memory below 0x200000, found 0x300000 (pid 4, va {UNUSED_VA:#x})")


def a_page_table_that_its_process_may_write(memory):
    pa = entry(memory, 2, UNUSED_VA) & -PAGESIZE
    return (entry_change(memory, 2, UNUSED_VA, pa | PWU),
            f"page {pa:#x}: page table of pid 2, expected no mapping, found permissions {PWU:#x} "
            f"(pid 2, va {UNUSED_VA:#x})")


def a_page_table_that_another_process_may_read(memory):
    pa = memory.processes()[1].pagetable
    return (entry_change(memory, 3, UNUSED_VA, pa | PTE_P | PTE_U),
            f"page {pa:#x}: page table of pid 1, expected no mapping, found permissions 0x5 (pid 3, va {UNUSED_VA:#x})")


def a_mapping_of_a_free_page(memory):
    pa = memory.free_list()[-1] * PAGESIZE
    return (entry_change(memory, 3, UNUSED_VA, pa | PWU),
            f"page {pa:#x}: free, expected no mapping, found permissions {PWU:#x} (pid 3, va {UNUSED_VA:#x})")


def a_freed_page_that_is_still_mapped(memory):
    mapping = some_page(memory, 4, True)
    pn = mapping.pa // PAGESIZE
    permissions = memory.number(mapping.entry_pa) & (PTE_XD | 0xFFF)
    return ([page_change(memory, pn, "owner", PO_FREE), page_change(memory, pn, "refcount", 0)],
            f"page {mapping.pa:#x}: free, expected no mapping, found permissions {permissions:#x} "
            f"(pid 4, va {mapping.va:#x})")


def a_count_that_is_too_high(memory):
    mapping = some_page(memory, 2, True)
    return ([page_change(memory, mapping.pa // PAGESIZE, "refcount", 2)],
            f"page {mapping.pa:#x}: refcount 2, but 1 mappings found (pid 2, va {mapping.va:#x})")


def a_count_that_is_too_low(memory):
    mapping = some_page(memory, 1, False)
    return ([page_change(memory, mapping.pa // PAGESIZE, "refcount", 3)],
            f"page {mapping.pa:#x}: refcount 3, but 4 mappings found (pid 4, va {mapping.va:#x})")


def a_count_of_a_page_table_that_is_too_high(memory):
    pa = memory.processes()[3].pagetable
    return ([page_change(memory, pa // PAGESIZE, "refcount", 7)],
            f"page {pa:#x}: refcount 7, but 1 mappings found (pid 3, va 0x0)")


def a_shared_page_that_one_process_may_write(memory):
    own = memory.own_mappings(memory.processes()[1]).values()
    mapping = next(each for each in own if not each.executable and not each.entry & (PTE_W | PTE_COW))
    return ([Change(mapping.entry_pa, memory.number(mapping.entry_pa) | PTE_W)],
            f"page {mapping.pa:#x}: writable, expected 1 mapping, found 4 (pid 4, va {mapping.va:#x})")


def a_writable_page_shared_by_accident(memory):
    mapping = some_page(memory, 2, True)
    return ([*entry_change(memory, 4, UNUSED_VA, mapping.pa | PWU),
             page_change(memory, mapping.pa // PAGESIZE, "refcount", 2)],
            f"page {mapping.pa:#x}: writable, expected 1 mapping, found 2 (pid 4, va {UNUSED_VA:#x})")


def a_leaked_page(memory):
    pn = memory.free_list()[-1]
    return ([page_change(memory, pn, "owner", 2), page_change(memory, pn, "refcount", 1)],
            f"page {pn * PAGESIZE:#x}: leaked: owner 2, expected 1 mappings, found 0 (pid 2, va 0x0)")


def a_page_lost_by_its_process(memory):
    own = memory.own_mappings(memory.processes()[1])
    mapping = own[max(va for va in own if va < 0x2FF000)]
    return (entry_change(memory, 1, mapping.va, 0),
            f"page {mapping.pa:#x}: leaked: owner 1, expected 1 mappings, found 0 (pid 1, va 0x0)")


def an_owner_that_is_another_process(memory):
    mapping = some_page(memory, 2, True)
    return ([page_change(memory, mapping.pa // PAGESIZE, "owner", 3)],
            f"page {mapping.pa:#x}: owner 3, expected 2 (pid 2, va {mapping.va:#x})")


def an_owner_of_a_shared_page_that_is_one_process(memory):
    mapping = some_page(memory, 1, False)
    return ([page_change(memory, mapping.pa // PAGESIZE, "owner", 2)],
            f"page {mapping.pa:#x}: owner 2, expected {PO_SHARED} (pid 4, va {mapping.va:#x})")


def a_page_table_that_belongs_to_another_process(memory):
    pa = entry(memory, 3, UNUSED_VA) & -PAGESIZE
    return [page_change(memory, pa // PAGESIZE, "owner", 1)], f"page {pa:#x}: owner 1, expected 3 (pid 3, va 0x0)"


def a_process_page_that_is_called_the_kernels(memory):
    mapping = some_page(memory, 2, True)
    permissions = memory.number(mapping.entry_pa) & (PTE_XD | 0xFFF)
    return ([page_change(memory, mapping.pa // PAGESIZE, "owner", PO_KERNEL)],
            f"page {mapping.pa:#x}: kernel memory, expected no user mapping, found permissions {permissions:#x} "
            f"(pid 2, va {mapping.va:#x})")


def a_page_that_is_writable_before_it_is_copied(memory):
    mapping = some_page(memory, 2, True)
    permissions = memory.number(mapping.entry_pa) & (PTE_XD | 0xFFF) | PTE_COW
    return ([Change(mapping.entry_pa, memory.number(mapping.entry_pa) | PTE_COW)],
            f"page {mapping.pa:#x}: writable and copy-on-write: permissions {permissions:#x} "
            f"(pid 2, va {mapping.va:#x})")


def a_page_that_is_writable_and_executable(memory):
    mapping = some_page(memory, 3, True)
    value = memory.number(mapping.entry_pa) & ~PTE_XD
    return ([Change(mapping.entry_pa, value)],
            f"page {mapping.pa:#x}: writable and executable: permissions {value & 0xFFF:#x} "
            f"(pid 3, va {mapping.va:#x})")


def a_page_of_zeros_that_may_be_written(memory):
    return (entry_change(memory, 2, UNUSED_VA, memory.zero_page | PWU),
            f"page {memory.zero_page:#x}: page of zeros, expected read-only, found permissions {PWU:#x} "
            f"(pid 2, va {UNUSED_VA:#x})")


def a_page_beyond_the_end_of_memory(memory):
    va, mapping = MEMSIZE_VIRTUAL + PAGESIZE, some_page(memory, 2, True)
    return ([*entry_change(memory, 2, va, mapping.pa | PTE_P | PTE_U),
             page_change(memory, mapping.pa // PAGESIZE, "refcount", 2)],
            f"page {mapping.pa:#x}: mapping, expected addresses below {MEMSIZE_VIRTUAL:#x} (pid 2, va {va:#x})")


def a_page_table_with_an_entry_too_many(memory):
    pa = entry(memory, 3, UNUSED_VA) & -PAGESIZE
    live = memory.page(pa // PAGESIZE).live_entries
    return ([page_change(memory, pa // PAGESIZE, "live_entries", live + 1)],
            f"page {pa:#x}: page table, expected {live + 1} entries, found {live} (pid 3, va 0x0)")


def a_count_of_owed_pages_that_is_too_low(memory):
    owed, free = memory.variable("owed_pages"), memory.variable("free_pages")
    return ([Change(memory.kernel["owed_pages"], owed - 1)],
            f"page 0x0: {owed - 1} pages owed and {free} free, but copies may need {owed} (pid 0, va 0x0)")


def a_page_that_will_be_copied_and_is_not_owed(memory):
    mapping = next(each for each in memory.own_mappings(memory.processes()[4]).values()
                   if each.entry & PTE_COW and memory.page(each.pa // PAGESIZE).refcount > 1)
    refcount = memory.page(mapping.pa // PAGESIZE).refcount
    return ([page_change(memory, mapping.pa // PAGESIZE, "copies", 0)],
            f"page {mapping.pa:#x}: copy-on-write with {refcount} mappings, but no copy is owed "
            f"(pid 4, va {mapping.va:#x})")


def a_page_table_whose_pages_nobody_may_execute(memory):
    address = upper_entry(memory, 2, 0x200000)
    before = memory.number(address)
    assert before & PTE_W                       # the process has written to its stack, so the table is its own
    return ([Change(address, before | PTE_XD)],
            f"page {before & -PAGESIZE:#x}: page table, expected permissions 0x7, found {PTE_XD | 7:#x} "
            f"(pid 2, va 0x200000)")


def two_regions_that_overlap(memory):
    process, (first, second) = memory.processes()[4], memory.regions(4)[:2]
    address = (memory.process_address(4) + memory.kernel.offset("proc", "regions")
               + memory.kernel.offset("region_list", "regions_") + memory.kernel.offset("region", "end"))
    end = second.start + PAGESIZE
    assert first.end <= second.start
    return ([Change(address, end)],
            f"page {process.pagetable:#x}: region to {second.end:#x}, expected pages within "
            f"[{end:#x}, {MEMSIZE_VIRTUAL:#x}) (pid 4, va {second.start:#x})")


FINDINGS = [value for name, value in list(globals().items()) if re.match("(an?|two)_", name)]


def stopped_at_a_check(machine, kernel, words=WORDS):
    """A machine stopped at its first check of memory, all four processes there; and what its memory holds."""
    started = machine(words, gdb="private", paused=True)
    stub = started.gdb()
    stub.set_breakpoint(kernel["audit"])
    stub.cont()
    memory = Snapshot(started, kernel)
    assert sorted(memory.processes()) == [1, 2, 3, 4] and memory.problems() == []
    return started, stub, memory


def change_and_go_on(stub, changes):
    stub.physical(True)
    for change in changes:
        stub.write(change.address, change.value.to_bytes(change.size, "little"))
    stub.detach()


def findings(log):
    return [line.removeprefix("audit: ") for line in log.splitlines() if line.startswith("audit: ")]


@pytest.mark.parametrize("provoke", FINDINGS, ids=lambda provoke: provoke.__name__)
def test_the_audit_tells_of(provoke, machine, test_kernel_elf):
    kernel = kernel_of(test_kernel_elf)
    started, stub, memory = stopped_at_a_check(machine, kernel)
    changes, sentence = provoke(memory)
    change_and_go_on(stub, changes)
    outcome, after = run_to_end(started, kernel)
    found = findings(started.log())
    assert len(found) == 1, found
    if "[0-9" in sentence:
        assert re.fullmatch(sentence.replace("(", r"\(").replace(")", r"\)"), found[0])
    else:
        assert found == [sentence]
    assert outcome.status == qemu.EXIT_AUDIT
    assert found[0] in (outcome.screen.cells[2 * 80 * 21::2].decode("cp437"))
    assert after.problems() != []               # and so would this folder's own check


@pytest.fixture
def just_forked(machine, test_kernel_elf):
    """A machine stopped when four processes have been copied and nobody has written to its stack since: they share the
    page table for 2 MiB on. And the address of that table."""
    kernel = kernel_of(test_kernel_elf)
    started = machine("fork audit=on view=off stop=50", gdb="private", paused=True)
    stub = started.gdb()
    stub.set_breakpoint(kernel["log_printf"])   # with which `fork` ends
    memory = None
    while memory is None or len(memory.processes()) < 4:
        stub.step()                             # past the breakpoint
        assert stub.cont().startswith("T05")
        memory = Snapshot(started, kernel)
    tables = {memory.number(upper_entry(memory, pid, 0x200000)) & -PAGESIZE for pid in range(1, 5)}
    assert len(tables) == 1 and memory.problems() == []
    return started, stub, memory, tables.pop()


def a_shared_table_that_one_process_may_write_through(memory, table):
    address = upper_entry(memory, 4, 0x200000)
    return ([Change(address, memory.number(address) | PTE_W)],
            f"page {table:#x}: writable, expected 1 mapping, found 4 (pid 4, va 0x200000)")


def a_shared_table_that_belongs_to_one_process(memory, table):
    return ([page_change(memory, table // PAGESIZE, "owner", 1)],
            f"page {table:#x}: owner 1, expected {PO_SHARED} (pid 4, va 0x200000)")


def a_shared_table_with_a_wrong_count(memory, table):
    return ([page_change(memory, table // PAGESIZE, "refcount", 3)],
            f"page {table:#x}: refcount 3, but 4 mappings found (pid 4, va 0x200000)")


def a_shared_table_with_pages_of_a_process_that_does_not_use_it(memory, table):
    assert memory.page(table // PAGESIZE).pages_owner == 1
    return ([page_change(memory, table // PAGESIZE, "pages_owner", 9)],
            f"page {table:#x}: page table, expected pages of who uses it, found pid 9's (pid 4, va 0x200000)")


def a_page_in_a_shared_table_that_belongs_to_another_process(memory, table):
    mapping = next(each for each in memory.walk(memory.processes()[1].pagetable) if each.va >= 0x200000)
    assert mapping.entry_pa & -PAGESIZE == table and memory.page(mapping.pa // PAGESIZE).owner == 1
    return ([page_change(memory, mapping.pa // PAGESIZE, "owner", 4)],
            f"page {mapping.pa:#x}: owner 4, expected 1 (pid 4, va {mapping.va:#x})")


SHARED_TABLE_FINDINGS = [value for name, value in list(globals().items()) if re.match(".*_shared_table_", name)]


@pytest.mark.parametrize("provoke", SHARED_TABLE_FINDINGS, ids=lambda provoke: provoke.__name__)
def test_the_audit_tells_of_what_is_wrong_with_shared_tables(provoke, just_forked):
    started, stub, memory, table = just_forked
    changes, sentence = provoke(memory, table)
    no_time_spent = Change(memory.kernel["audit_time"], 0)      # so that memory is checked at the end of this call
    change_and_go_on(stub, [*changes, no_time_spent])
    started.run(20)
    assert findings(started.log())[:1] == [sentence]


def test_a_leaked_page_is_drawn_as_one(machine, test_kernel_elf):
    kernel = kernel_of(test_kernel_elf)
    started, stub, memory = stopped_at_a_check(machine, kernel)
    change_and_go_on(stub, a_leaked_page(memory)[0])
    screen = run_to_end(started, kernel)[0].screen
    pn = memory.free_list()[-1]
    row = 1 + pn // 64 - (pn * 4096 >= 0x100000)        # one is left out
    assert screen.character(row, 12 + pn % 64) == "L"
    assert sum(screen.row(row)[12:].count("L") for row in range(1, 8)) == 1


def test_two_findings_are_two_sentences(machine, test_kernel_elf):
    kernel = kernel_of(test_kernel_elf)
    started, stub, memory = stopped_at_a_check(machine, kernel)
    first, second = a_leaked_page(memory), an_owner_that_is_another_process(memory)
    change_and_go_on(stub, first[0] + second[0])
    run_to_end(started, kernel)
    assert sorted(findings(started.log())) == sorted([first[1], second[1]])


def test_a_clean_run_is_checked_and_nothing_is_found(machine, test_kernel_elf):
    started, stub, _memory = stopped_at_a_check(machine, kernel_of(test_kernel_elf))
    for tick in (76, 101):
        stub.step()                             # past the breakpoint
        assert stub.cont().startswith("T05")
        assert Snapshot(started, kernel_of(test_kernel_elf)).variable("ticks") == tick
    stub.detach()
    outcome, memory = run_to_end(started, kernel_of(test_kernel_elf))
    assert outcome.status == qemu.EXIT_CLEAN and findings(started.log()) == [] and memory.problems() == []


def test_with_audit_on_memory_is_checked_after_each_call_that_changes_it(machine, test_kernel_elf):
    """Each finding in its place in the log: right after the fork that the corrupted memory follows."""
    kernel = kernel_of(test_kernel_elf)
    started = machine("fork audit=on view=off stop=20", gdb="private", paused=True)
    stub = started.gdb()
    stub.set_breakpoint(kernel["audit"])
    memory = None
    while memory is None or len(memory.processes()) < 4:
        stub.step()                             # past the breakpoint
        assert stub.cont().startswith("T05")
        memory = Snapshot(started, kernel)
    change_and_go_on(stub, a_leaked_page(memory)[0])
    run_to_end(started, kernel)
    log = started.log().splitlines()
    last_fork = max(number for number, line in enumerate(log) if line.startswith("fork "))
    assert log[last_fork + 1] == "audit: " + a_leaked_page(memory)[1]


@pytest.mark.parametrize("level, value", [(3, 0x12345000 | 7), (3, 0xCCCC_CCCC_CCCC_CCCC), (2, 0x7FF0_0000_0000_1007)])
def test_a_page_that_was_never_made_a_page_table_is_a_panic_that_names_it(level, value, machine, test_kernel_elf):
    kernel = kernel_of(test_kernel_elf)
    started, stub, memory = stopped_at_a_check(machine, kernel, "fork pace=1 stop=50 view=off")
    tables = {depth: pa for pa, depth, _ in reversed(memory.tables(memory.processes()[2].pagetable))}
    address = tables[level] + 8 * 7
    change_and_go_on(stub, [Change(address, value)])
    outcome = started.run(20)
    assert outcome.status == qemu.EXIT_PANIC
    assert f"kernel panic: page-table entry at {address:#x} is {value:#x}" in started.log()
