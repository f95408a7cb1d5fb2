"""What hardly ever happens: lines of loader and kernel that no ordinary run comes to. Each test makes it happen, with
gdb's interface to the machine where no program and no image can, and looks at what the kernel does then."""
import pathlib
import re
import struct
import subprocess

import pack
import pytest
import qemu
from conftest import built
from memory import MEMSIZE_PHYSICAL, PAGESIZE, PTE_COW, PTE_P, PTE_W, kernel_of
from snapshot import Snapshot, run_to_end
from test_boot import stop_of
from test_kernel import at, go_to, kernel, panicked                 # noqa: F401; pylint: disable=unused-import
from test_run import RETURN, patched                                # noqa: F401; pylint: disable=unused-import

BOOT_INFO, RANGE_COUNT, RANGES, RANGE = 0x4000, 8, 12, "<QQII"      # see boot/boot.h and lib/boot_info.hh
UNUSED_VA, PTE_PS = 0x280000, 0x80                                  # in the table of the stack, before it
INT_PAGE_FAULT, INT_TIMER, INT_SPURIOUS = 14, 0x20, 0x27


def number(data):
    return int.from_bytes(data, "little")


def monitor(machine, line):
    return machine.command("human-monitor-command", command_line=line)


def loader_symbol(name):
    nm = subprocess.run(["nm", built("stage2.elf")], capture_output=True, text=True, check=True).stdout
    return int(re.search(rf"([0-9a-f]+) . {name}\n", nm)[1], 16)


@pytest.fixture
def stopped(machine):
    """stopped(address, words, **settings): a machine that has come to the address, and its gdb stub."""
    def stop(address, words="hello view=off", **settings):
        started = machine(words, gdb="private", paused=True, **settings)
        stub = started.gdb()
        stub.command("qXfer:features:read:target.xml:0,ffb")        # only then QEMU lets registers be set
        stub.set_breakpoint(address)
        assert stub.cont().startswith("T05")
        stub.clear_breakpoint(address)
        return started, stub
    return stop


def return_at_once(stub):
    """Leaves the function at whose first instruction the machine is."""
    top = stub.registers()["rsp"]
    stub.set_register("rip", number(stub.read(top, 8)))
    stub.set_register("rsp", top + 8)


### The loader

def test_a_loader_that_has_stopped_stays_so_after_a_non_maskable_interrupt(machine, tmp_path):
    started = machine("", extra=("-cpu", "qemu64,-lm"), debugcon=str(tmp_path / "debugcon"))
    said = stop_of(started)
    for _ in range(3):
        started.inject_nmi()
    assert stop_of(started) == said


def test_a_kernel_that_returns_is_told(machine, patched, tmp_path):
    started = machine("", image=patched("kernel_entry", RETURN), debugcon=str(tmp_path / "debugcon"))
    assert stop_of(started) == "Kinglet: the kernel returned"


def test_a_loader_that_comes_back_to_its_assembly_goes_no_further(stopped):
    """Without an interrupt table, an undefined instruction is the end of the machine."""
    started, stub = stopped(loader_symbol("load_kernel"))
    return_at_once(stub)
    stub.detach()
    assert started.run(20).kind == "triple fault"


@pytest.mark.parametrize("obeys", [True, False])
def test_address_line_20_is_turned_on_or_the_loader_says_that_it_stays_off(obeys, stopped, tmp_path):
    """By the port with which the loader turns it on, it is turned off here."""
    test = loader_symbol("a20_test")
    started, stub = stopped(test, debugcon=str(tmp_path / "debugcon"))
    monitor(started, "o /b 0x92 0")
    stub.step()
    stub.set_breakpoint(test)
    assert stub.cont().startswith("T05")
    stub.clear_breakpoint(test)
    if not obeys:
        monitor(started, "o /b 0x92 0")
    stub.detach()
    if obeys:
        assert started.run(20).status == qemu.EXIT_CLEAN
    else:
        assert stop_of(started) == "Kinglet: address line 20 stays off"


### The kernel's start

def cut_memory_map(stub, base, cuts):
    """Cuts the BIOS's range that begins at `base`; the pieces come last, and the last one first."""
    count = number(stub.read(BOOT_INFO + RANGE_COUNT, 4))
    size = struct.calcsize(RANGE)
    ranges = [struct.unpack(RANGE, stub.read(BOOT_INFO + RANGES + size * n, size)) for n in range(count)]
    whole = next(each for each in ranges if each[0] == base)
    ranges.remove(whole)
    ends = [base, *cuts, base + whole[1]]
    ranges += [(start, end - start, *whole[2:]) for start, end in zip(ends, ends[1:])][::-1]
    stub.write(BOOT_INFO + RANGE_COUNT, len(ranges).to_bytes(4, "little"))
    stub.write(BOOT_INFO + RANGES, b"".join(struct.pack(RANGE, *each) for each in ranges))
    stub.detach()


@pytest.mark.parametrize("cuts", [[], [0x30000, 0x30000, 0x50000], [0x1800, 0x8C200]])
def test_a_memory_map_in_pieces_is_as_good_as_one_that_is_whole(cuts, stopped, kernel):
    started, stub = stopped(kernel["kernel_entry"])
    cut_memory_map(stub, 0, cuts)
    outcome, memory = run_to_end(started, kernel)
    lost = {end // PAGESIZE for end in cuts if end % PAGESIZE}      # a page in two pieces is not used
    assert outcome.status == qemu.EXIT_CLEAN
    assert sorted(memory.free_list()) == [pn for pn in range(1, MEMSIZE_PHYSICAL // PAGESIZE) if pn not in lost and (
        pn * PAGESIZE < kernel["_kernel_start"] or kernel["_kernel_end"] <= pn * PAGESIZE < 0x9F000
        or pn * PAGESIZE >= 0x100000)]


def test_a_big_machine_places_its_table_of_pages_over_a_border_between_two_pieces(stopped, kernel):
    started, stub = stopped(kernel["kernel_entry"], "hello view=off machine=big", memory="64M")
    cut_memory_map(stub, 0x100000, [kernel["_programs_end"] + 0x200000 & -0x200000 | PAGESIZE, 0x2000000])
    outcome, memory = run_to_end(started, kernel)
    assert outcome.status == qemu.EXIT_CLEAN and memory.is_big and "warning" not in started.log()


def test_boot_words_that_are_too_many_are_left_out(machine):
    line = "hello view=off " + "audit=off " * 40
    started = machine(line)
    assert started.run(20).status == qemu.EXIT_CLEAN
    kept = re.search('^start Kinglet boot="(.*)"$', started.log(), re.MULTILINE)[1]
    room = int(re.search(r"warning boot words after these left out: more than (\d+) characters", started.log())[1])
    assert kept == line[:room].rstrip() and room > 100


def test_a_comma_is_typed_by_a_comma(machine):
    started = machine("fork view=off stop=9 keys=3:,,4:+,5:,")
    assert started.run(20).status == qemu.EXIT_CLEAN
    assert re.findall("^key tick=(.*) key=(.*)$", started.log(), re.MULTILINE) == [("3", ","), ("4", "+"), ("5", ",")]


def program_header(file, index):
    """Where the program's header of that number lies in its file."""
    return struct.unpack_from("<Q", file, 32)[0] + 56 * index


BROKEN_PROGRAMS = {
    "segment not page-aligned": lambda file: struct.pack_into("<Q", file, program_header(file, 1) + 16, 0x101008),
    "segment outside a process's memory":
        lambda file: struct.pack_into("<Q", file, program_header(file, 0) + 16, 0x8000),
    "segment writable and executable": lambda file: struct.pack_into("<I", file, program_header(file, 0) + 4, 7),
    "segments overlap": lambda file: struct.pack_into("<Q", file, program_header(file, 1) + 16, 0x100000),
    "entry point not in an executable segment": lambda file: struct.pack_into("<Q", file, 24, 0x2F0000),
}


@pytest.mark.parametrize("wrong", BROKEN_PROGRAMS)
def test_a_program_that_may_not_be_as_it_is_does_not_start_and_that_is_told(wrong, machine, tmp_path):
    whole = pack.Elf(built("user/p-isolation.elf")).stripped()
    content = pathlib.Path(built("kinglet-test.img")).read_bytes()
    assert content.count(whole) == 1
    file = bytearray(whole)
    BROKEN_PROGRAMS[wrong](file)
    image = tmp_path / "broken.img"
    image.write_bytes(content.replace(whole, file))
    started = machine("isolation view=off", image=image)
    outcome = started.run(20)
    sentence = f'cannot start "isolation" as process 1: {wrong}'
    assert outcome.status == qemu.EXIT_NO_PROGRAM and f"warning {sentence}\n" in started.log()
    assert sentence in "".join(outcome.screen.row(row).ljust(80) for row in range(25))


def test_a_first_program_for_which_there_is_no_memory_does_not_start_and_that_is_told(at, kernel):
    """The fifth page is refused, which is one of the program's own; what it had by then is given back."""
    started, stub = at("hello view=off", "kernel_start")
    free = number(stub.read(kernel["free_pages"], 8))
    for _ in range(5):
        stub.step()
        go_to(stub, kernel["kalloc"])
    stub.set_register("rax", 0)
    return_at_once(stub)
    stub.detach()
    outcome, memory = run_to_end(started, kernel)
    assert outcome.status == qemu.EXIT_NO_PROGRAM and memory.problems() == []
    assert 'warning cannot start "hello" as process 1: out of memory\n' in started.log()
    assert memory.variable("free_pages") == free


### Interrupts, and the end

def go_to_exception(stub, kernel, wanted):
    """From one call of `exception` to the next until its interrupt number is `wanted`; returns where that lies."""
    while True:
        place = stub.registers()["rdi"] + kernel.offset("regstate", "reg_intno")
        if number(stub.read(place, 8)) == wanted:
            return place
        stub.step()
        go_to(stub, kernel["exception"])


def test_a_spurious_interrupt_is_not_acknowledged(at, kernel):
    """It would be that of the timer, which has just come, that the interrupt controller takes to be over."""
    started, stub = at("fork view=off stop=10", "exception")
    stub.write(go_to_exception(stub, kernel, INT_TIMER), INT_SPURIOUS.to_bytes(8, "little"))
    assert "isr=01" in monitor(started, "info pic")
    go_to(stub, kernel["exception_return"])
    assert "isr=01" in monitor(started, "info pic")


def test_an_interrupt_that_finds_an_address_that_is_not_canonical_stops_that_process_alone(at, kernel):
    """A page fault is made an interrupt, which QEMU does not let find such an address."""
    started, stub = at("fork view=off stop=10", "exception")
    place = go_to_exception(stub, kernel, INT_PAGE_FAULT)
    stub.write(place, INT_SPURIOUS.to_bytes(8, "little"))
    rip = stub.registers()["rdi"] + kernel.offset("regstate", "reg_rip")
    stub.write(rip, (1 << 47).to_bytes(8, "little"))
    pid = number(stub.read(number(stub.read(kernel["current"], 8)) + kernel.offset("proc", "pid"), 4))
    go_to(stub, kernel["exception_return"])                         # `iretq` with it would be the kernel's fault
    assert f"fault pid={pid}: Process {pid} general protection" in started.log()
    stub.detach()
    outcome, memory = run_to_end(started, kernel)
    assert outcome.status == qemu.EXIT_FAULT and memory.problems() == []


@pytest.mark.parametrize("function, caller", [
    ("kernel_start", "kernel_entry"), ("syscall", "syscall_entry"), ("exception", "interrupt_entry")])
def test_a_function_that_must_not_return_is_a_panic_if_it_does(function, caller, at, kernel):
    started, stub = at("test-lazy view=off", function)
    return_at_once(stub)
    stub.detach()
    reason, functions, _ = panicked(started, kernel)
    assert reason.startswith("kernel invalid opcode") and functions[0] == caller


def test_a_machine_that_cannot_be_switched_off_stands_still_for_good(at, kernel):
    """The two instructions that would end QEMU are left out."""
    started, stub = at("hello view=off stop=3", "power_off", pause_at_end=False)
    skipped = 0
    while skipped < 2:
        registers = stub.registers()
        code = stub.read(registers["rip"], 2)
        if registers["rip"] == kernel["log_printf"]:
            go_to(stub, number(stub.read(registers["rsp"], 8)))
        elif code[0] == 0xEE and registers["rdx"] & 0xFFFF == 0x501:
            stub.set_register("rip", registers["rip"] + 1)
            skipped += 1
        elif code == b"\x66\xEF" and registers["rdx"] & 0xFFFF == 0x604:
            stub.set_register("rip", registers["rip"] + 2)
            skipped += 1
        else:
            stub.step()
    stub.detach()
    for _ in range(2):
        outcome = started.run(20)
        assert outcome.kind == "wedged" and "halted with interrupts off" in outcome.sentence
        started.inject_nmi()


### What never happens, as long as the kernel is right

def test_a_copy_on_write_page_in_a_kernel_without_copy_on_write_is_a_panic(stopped):
    without = kernel_of(built("without-cow.elf"))
    started, stub = stopped(without["syscall"], "test-sbrk view=off", image=built("without-cow.img"))
    memory = Snapshot(started, without)
    process = memory.processes()[1]
    stack = memory.own_mappings(process)[0x2FF000]
    stub.physical(True)
    stub.write(stack.entry_pa, (stack.entry & ~PTE_W | PTE_COW).to_bytes(8, "little"))
    stub.physical(False)
    stub.detach()
    assert panicked(started, without)[0] == "a copy-on-write page in a kernel without copy-on-write"


def test_an_assertion_that_fails_shows_both_values(at, kernel):
    started, stub = at("fork view=off", "kalloc")
    stub.set_register("rdi", PAGESIZE + 1)
    stub.detach()
    reason, functions, _ = panicked(started, kernel)
    assert re.fullmatch(r"kernel/page/pageinfo.cc:\d+: assertion 'size <= .*' failed: 4097 and 4096", reason)
    assert functions[:2] == ["panic", "assert_compare_fail"] and "kalloc" in functions


def test_a_large_page_where_a_page_table_should_come_is_a_panic(at, kernel):
    """The entry is the last word but two of the `vmiter` with which the kernel wants to add a table."""
    started, stub = at("fork view=off", "vmiter::add_tables")
    entry = number(stub.read(stub.registers()["rdi"] + 16, 8))
    stub.write(entry, (PTE_P | PTE_W | PTE_PS).to_bytes(8, "little"))
    stub.detach()
    reason, functions, _ = panicked(started, kernel)
    assert re.fullmatch(r"kernel/page/vmiter.cc:\d+: assertion '!present\(\)' failed", reason)
    assert functions[:2] == ["panic", "assert_fail"] and "vmiter::add_tables" in functions


def test_an_entry_that_is_neither_zero_nor_a_page_is_passed_over_and_told_by_the_audit(at, kernel):
    """As if the process had one page more, of which the processor knows nothing. Its stack is drawn all the same."""
    started, stub = at("fork pace=1 stop=60 keys=55:1", "audit")
    memory = Snapshot(started, kernel)
    root = memory.processes()[1].pagetable
    address = memory.entry_address(root, UNUSED_VA)
    assert memory.number(address) == 0
    stub.physical(True)
    stub.write(address, (0x5000).to_bytes(8, "little"))
    stub.detach()
    live = memory.page(address // PAGESIZE).live_entries
    outcome = run_to_end(started, kernel)[0]
    assert outcome.status == qemu.EXIT_AUDIT and outcome.screen.character(20, 75) == "1"
    found = re.findall("^audit: (.*)$", started.log(), re.MULTILINE)
    assert found == [f"page {address & -PAGESIZE:#x}: page table, expected {live} entries, found {live + 1} "
                     "(pid 1, va 0x200000)"]
