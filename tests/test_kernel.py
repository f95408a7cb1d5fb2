"""What the kernel makes of the machine: its protection, its own faults, its time."""
import re
import struct
import tempfile

import pytest
import qemu
from conftest import comes
from memory import CONSOLE_ADDR, KERNEL_START_ADDR, MEMSIZE_PHYSICAL, PAGESIZE, PROC_START_ADDR, kernel_of
from snapshot import Snapshot, run_to_end


@pytest.fixture
def kernel(test_kernel_elf):
    return kernel_of(test_kernel_elf)


@pytest.fixture
def at(machine, kernel):
    """at(words, symbol, nth=1): a machine stopped where it comes to the symbol the nth time, and its gdb stub."""
    def stop(words, symbol, nth=1, **settings):
        started = machine(words, gdb="private", paused=True, **settings)
        stub = started.gdb()
        stub.command("qXfer:features:read:target.xml:0,ffb")        # only then QEMU lets registers be set
        go_to(stub, kernel[symbol])
        for _ in range(nth - 1):
            stub.step()
            go_to(stub, kernel[symbol])
        return started, stub
    return stop


def go_to(stub, address):
    stub.set_breakpoint(address)
    assert stub.cont().startswith("T05") and stub.registers()["rip"] == address
    stub.clear_breakpoint(address)


def control(machine):
    """Control registers, EFER and descriptor tables by name, as QEMU shows them."""
    text = machine.registers()
    values = {name: int(value, 16) for name, value in re.findall(r"\b(CR[0234]|EFER)=([0-9a-f]+)", text)}
    for name, base, limit in re.findall(r"\b(GDT|IDT|TR)\s*=\s*(?:[0-9a-f]{4} )?([0-9a-f]{16}) ([0-9a-f]{8})", text):
        values[name] = int(base, 16), int(limit, 16)
    return values


### Protection

def test_every_protection_of_the_cpu_is_on(at):
    found = control(at("fork", "syscall")[0])
    for bit in (0, 1, 3, 5, 16, 18, 31):            # PE MP TS NE WP AM PG
        assert found["CR0"] >> bit & 1, f"CR0 bit {bit}"
    assert not found["CR0"] >> 2 & 1                # no EM: TS stops floating point, by name
    assert not found["CR0"] >> 29 & 3               # caches are on
    for bit in (5, 9, 11, 20, 21):                  # PAE OSFXSR UMIP SMEP SMAP
        assert found["CR4"] >> bit & 1, f"CR4 bit {bit}"
    assert not found["CR4"] >> 16 & 1 and not found["CR4"] >> 18 & 1    # no fsgsbase, no AVX
    for bit in (0, 8, 10, 11):                      # SCE LME LMA NXE
        assert found["EFER"] >> bit & 1, f"EFER bit {bit}"


@pytest.mark.parametrize("cpu", ["qemu64", "core2duo", "Opteron_G1-v1"])
def test_it_runs_on_a_cpu_with_fewer_protections(cpu, machine, kernel):
    started = machine("test-fork view=off audit=on", extra=("-cpu", cpu))
    assert run_to_end(started, kernel)[0].status == qemu.EXIT_CLEAN and "log pid=1: ok" in started.log()


def test_the_kernel_runs_with_its_own_page_table(at, kernel):
    for words, symbol in (("fork", "syscall"), ("test-interrupts", "exception"), ("fork pace=1", "audit")):
        assert control(at(words, symbol)[0])["CR3"] == kernel["kernel_pagetable"]


def far_text(kernel):
    """The large page of the program images, with which some functions of a kernel with sanitizers lie."""
    return {MEMSIZE_PHYSICAL} if "far_text" in kernel.symbols else set()


def test_kernel_memory_is_never_writable_and_executable(at, kernel):
    memory = Snapshot(at("fork", "syscall")[0], kernel)
    mappings = {mapping.va: mapping for mapping in memory.walk(kernel["kernel_pagetable"])}
    assert all(mapping.pa == va and not mapping.user for va, mapping in mappings.items())
    text = range(kernel["_kernel_start"], kernel["_kernel_text_end"], PAGESIZE)
    constants = range(kernel["_kernel_text_end"], kernel["kernel_stack_guard"], PAGESIZE)
    assert {va for va, mapping in mappings.items() if mapping.executable} == {*text, *far_text(kernel)}
    read_only = {va for va, mapping in mappings.items() if not mapping.writable}
    assert read_only == {*text, *constants, *range(MEMSIZE_PHYSICAL, kernel["_programs_end"], 0x200000)}
    small = {va for va in mappings if va < MEMSIZE_PHYSICAL}
    assert set(range(0, MEMSIZE_PHYSICAL, PAGESIZE)) - small == {0, kernel["kernel_stack_guard"]}
    assert kernel["kernel_stack_guard"] + PAGESIZE == kernel["kernel_stack_bottom"]
    assert kernel["kernel_stack_top"] - kernel["kernel_stack_bottom"] >= 3 * PAGESIZE


@pytest.mark.parametrize("cpu", ["max", "max,-pdpe1gb"])
def test_a_big_kernel_maps_all_memory_in_large_pages(cpu, machine, kernel):
    started = machine("hello view=off machine=big", memory="4G", extra=("-cpu", cpu))
    memory = run_to_end(started, kernel)[1]
    mappings = memory.walk(kernel["kernel_pagetable"])
    assert all(mapping.pa == mapping.va and not mapping.user for mapping in mappings)
    assert {mapping.va for mapping in mappings if mapping.executable and mapping.va >= MEMSIZE_PHYSICAL} == far_text(kernel)
    large = [mapping for mapping in mappings if mapping.va >= MEMSIZE_PHYSICAL]
    assert {mapping.size for mapping in large} == {0x200000} | ({1 << 30} if cpu == "max" else set())
    writable = [range(mapping.pa, mapping.pa + mapping.size) for mapping in large if mapping.writable]
    for pages in memory.usable[3:]:
        places = range(pages.start * PAGESIZE, pages.stop * PAGESIZE, 0x200000)
        assert all(any(place in each for each in writable) for place in places)
    programs = range(MEMSIZE_PHYSICAL, kernel["_programs_end"])
    assert not any(each.start < programs.stop and programs.start < each.stop for each in writable)
    assert len(memory.tables(kernel["kernel_pagetable"])) <= 4 + 5


def test_a_process_has_of_the_kernel_only_the_entry_area_and_may_use_the_screen(at, kernel):
    memory = Snapshot(at("allocators", "syscall")[0], kernel)
    frames = set()
    for process in memory.processes().values():
        low = {mapping.va: mapping for mapping in memory.walk(process.pagetable) if mapping.va < PROC_START_ADDR}
        frames.add(low[kernel["entry_frame"]].pa)
        assert len(low) == 9
        assert [va for va, mapping in low.items() if mapping.user] == [CONSOLE_ADDR]
        assert [va for va, mapping in low.items() if mapping.executable] == [
            kernel["entry_code"], kernel["entry_code"] + PAGESIZE]
        assert [va for va, mapping in low.items() if mapping.writable] == [
            *range(kernel["entry_stacks"], kernel["entry_frame"] + PAGESIZE, PAGESIZE), CONSOLE_ADDR]
        assert [va for va, mapping in low.items() if mapping.pa != va] == [kernel["entry_frame"]]
    assert len(frames) == 4 and not frames & set(range(0, MEMSIZE_PHYSICAL, PAGESIZE)).difference(
        page * PAGESIZE for page in memory.process_pages())


def test_all_256_gates_lead_into_the_kernel(at, kernel):
    started, _ = at("fork", "syscall")
    memory, tables = Snapshot(started, kernel), control(started)
    base, limit = tables["IDT"]
    assert limit == 256 * 16 - 1
    stacks = {}
    for vector in range(256):
        low, selector, stack, kind, middle, high, _ = struct.unpack("<HHBBHII", memory.read(base + 16 * vector, 16))
        address = low | middle << 16 | high << 32
        assert kernel["_kernel_start"] <= address < kernel["_kernel_text_end"]
        assert selector == 8 and kind == (0xEE if vector == 3 else 0x8E)        # int3 alone is for everybody
        if stack:
            stacks[vector] = memory.number(tables["TR"][0] + 0x24 + 8 * (stack - 1))
    assert sorted(stacks) == [2, 8, 18] and len(set(stacks.values())) == 3      # NMI, double fault, machine check
    mappings = {mapping.va: mapping for mapping in memory.walk(kernel["kernel_pagetable"])}
    for top in stacks.values():
        assert top % 16 == 0 and all(mappings[(top - back) & -PAGESIZE].writable for back in (8, 2048))
        assert not kernel["kernel_stack_bottom"] < top <= kernel["kernel_stack_top"]


def test_segments_are_those_of_long_mode_and_no_port_is_for_processes(at, kernel):
    started, _ = at("fork", "syscall")
    memory, tables = Snapshot(started, kernel), control(started)
    base, limit = tables["GDT"]
    entries = [memory.number(base + offset) for offset in range(0, limit + 1, 8)]
    for selector, privilege, is_code in ((0x08, 0, True), (0x10, 0, False), (0x18, 3, False), (0x20, 3, True)):
        entry = entries[selector // 8]
        assert entry >> 47 & 1 and entry >> 45 & 3 == privilege and bool(entry >> 43 & 1) == is_code
        assert not is_code or entry >> 53 & 3 == 1                              # 64-bit code
    present = [index for index, entry in enumerate(entries) if entry >> 47 & 1]
    assert present == [1, 2, 3, 4, 5]                                           # and the task state
    assert memory.number(tables["TR"][0] + 0x66, 2) >= tables["TR"][1]          # its port map lies outside


def test_a_call_finds_the_segments_that_the_kernel_has_loaded(at, kernel):
    """`syscall` reads no descriptors, so the kernel's table must hold what it loads. QEMU shows what is in force:
    selector, base, limit, flags; the digit left out of the flags is the limit's first again."""
    def in_force():
        return re.findall(r"^([CS]S) *=(\w+ \w+ \w+ 00\w)\w(\w+)", machine.registers(), re.MULTILINE)

    machine, stub = at("hello view=off", "kernel_start")
    before = in_force()
    go_to(stub, kernel["syscall_entry"])
    assert len(before) == 2 and in_force() == before


### Non-maskable interrupts

def test_a_non_maskable_interrupt_at_any_instruction_of_a_call_does_no_harm(at, kernel):
    """From the first one, where the process's stack pointer is still in use, to the one that returns to it."""
    started, stub = at("test-nmi view=off audit=on", "syscall_entry", nth=10)
    user_stack = stub.registers()["rsp"]
    assert user_stack > PROC_START_ADDR
    steps, places = 0, []
    while True:
        for _ in range(steps):
            stub.step()
        place = stub.registers()["rip"]
        if place >= PROC_START_ADDR:
            break
        started.inject_nmi()
        go_to(stub, kernel["kernel_exception"])
        registers = stub.registers()
        saved = stub.read(registers["rdi"], kernel.size("regstate"))
        rip = int.from_bytes(saved[kernel.offset("regstate", "reg_rip"):][:8], "little")
        assert rip == place and not PROC_START_ADDR <= registers["rsp"] < 0x300000
        places.append(rip)
        go_to(stub, kernel["syscall_entry"])
        steps += 1
    assert 50 < len(places) < 200
    stub.detach()
    outcome, memory = run_to_end(started, kernel)
    assert outcome.status == qemu.EXIT_CLEAN and "log pid=1: ok" in started.log() and memory.problems() == []
    logged = re.findall("^warning non-maskable interrupt at rip=0x([0-9a-f]+)$", started.log(), re.MULTILINE)
    assert logged and {int(rip, 16) for rip in logged} <= set(places)   # several may be told of by the last of them


def test_a_non_maskable_interrupt_in_a_process_does_no_harm(machine, kernel):
    started = machine("test-nmi view=off", paused=True)
    started.cont()
    assert comes(started, "machine memory", 5)
    for _ in range(20):
        started.inject_nmi()
        started.virtual_time()
    assert run_to_end(started, kernel)[0].status == qemu.EXIT_CLEAN
    assert "log pid=1: ok" in started.log() and "warning non-maskable interrupt" in started.log()


### The kernel's own death

def panicked(started, kernel):
    """The kernel's last words: (reason, functions of the backtrace, all its lines). Log, screen and epitaph agree."""
    outcome, memory = run_to_end(started, kernel)
    assert outcome.status == qemu.EXIT_PANIC, (outcome, started.log())
    log = started.log().splitlines()
    reason = [line.removeprefix("kernel panic: ") for line in log if line.startswith("kernel panic: ")]
    assert len(reason) == 1 and log[-1].startswith("stop status=0x13")
    backtrace = re.findall("^kernel backtrace: 0x([0-9a-f]+) in (.*)$", started.log(), re.MULTILINE)
    screen = "".join(outcome.screen.row(row).ljust(80) for row in range(25))
    assert "KERNEL PANIC: " + reason[0] in screen
    assert all(f"{address} in {name}" in screen for address, name in backtrace[:3])
    epitaph = kernel["epitaph"]
    assert memory.string(epitaph + kernel.offset("epitaph_record", "reason")) == reason[0]
    return_addresses = epitaph + kernel.offset("epitaph_record", "backtrace")
    assert [memory.number(return_addresses + 8 * index) for index in range(len(backtrace))] == [
        int(address, 16) for address, _ in backtrace]
    return reason[0], [name for _, name in backtrace], "\n".join(line for line in log if line.startswith("kernel "))


def test_a_bad_pointer_in_the_kernel_is_a_panic_with_registers_and_backtrace(at, kernel):
    started, stub = at("fork view=off stop=10", "syscall_fork")
    before = stub.registers()
    stub.set_register("rdi", 0xDEADBEEF000)
    stub.detach()
    reason, functions, lines = panicked(started, kernel)
    assert re.fullmatch(r"kernel page fault on 0xdeadbeef[0-9a-f]{3} \(error 0x0, rip=0x[0-9a-f]+\)", reason)
    assert functions[-3:] == ["syscall_fork", "syscall", "syscall_entry"]
    assert "=deadbeef000 " in lines and "cr2=deadbeef" in lines and f"cr3={kernel['kernel_pagetable']:x} " in lines
    names = set(re.findall(r"\b(\w+)=", lines)) - {"rip"}
    assert names >= {*"rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rflags cs ss cr2 cr3".split()}
    assert f"r15={before['r15']:x}" in lines


@pytest.mark.parametrize("change, expected", [
    (lambda kernel: ("rip", kernel["ptable"]), r"kernel page fault on 0x{:x} \(error 0x11, rip=0x{:x}\)"),
    (lambda kernel: ("rip", 0x10), r"kernel page fault on 0x10 \(error 0x10, rip=0x10\)"),
    (lambda kernel: ("rdi", 0x10), r"kernel page fault on 0x[0-9a-f]+ \(error 0x0, rip=0x[0-9a-f]+\)"),
    (lambda kernel: ("rdi", 1 << 60), r"kernel general protection \(error 0x0, rip=0x[0-9a-f]+\)"),
], ids=["data is run", "page 0 is run", "page 0 is read", "an address is not canonical"])
def test_the_kernel_panics_if(change, expected, at, kernel):
    started, stub = at("fork view=off stop=10", "syscall", nth=5)
    register, value = change(kernel)
    stub.set_register(register, value)
    stub.detach()
    assert re.fullmatch(expected.format(value, value), panicked(started, kernel)[0])


def test_an_overflow_of_the_kernels_stack_is_a_panic_of_that_name(at, kernel):
    started, stub = at("fork view=off stop=10", "syscall_fork" if "syscall_fork" in kernel.symbols else "fork_process")
    stub.set_register("rsp", kernel["kernel_stack_bottom"] + 16)
    stub.detach()
    reason, _, lines = panicked(started, kernel)
    assert re.match(r"kernel stack overflow \(rsp=0x[0-9a-f]+, stack from 0x[0-9a-f]+\)", reason)
    guard = int(re.search(r"cr2=([0-9a-f]+)", lines)[1], 16) - kernel["kernel_stack_guard"]
    assert 0 <= guard < PAGESIZE


def test_a_panic_names_the_values_that_disagree(at, kernel):
    started, stub = at("test-fork view=off", "end_process")
    memory = Snapshot(started, kernel)
    pid = next(pid for pid in memory.processes() if stub.registers()["rdi"] == memory.process_address(pid))
    pn = memory.own_mappings(memory.processes()[pid])[0x2FF000].pa // PAGESIZE
    stub.physical(True)
    stub.write(memory.page_address(pn) + kernel.offset("physical_pageinfo", "refcount"), bytes(4))
    stub.detach()
    reason, functions, _ = panicked(started, kernel)
    assert reason == f"kfree of page {pn * PAGESIZE:#x}: owner {pid}, refcount 0"
    assert functions[0] == "panic" and "kfree" in functions and functions[-1] == "syscall_entry"


def test_while_somebody_looks_the_last_words_stay_until_a_key(at, kernel):
    started, stub = at("fork", "syscall", nth=5)
    stub.set_register("rdi", 0x10)
    stub.detach()
    assert comes(started, "kernel backtrace", 10)
    seen = started.virtual_time()
    while started.virtual_time() < seen + 1:
        assert "stop status" not in started.log()
    started.send_key("q")
    assert run_to_end(started, kernel)[0].status == qemu.EXIT_PANIC


### Time

def test_time_goes_on_while_nobody_can_run(machine, kernel):
    started = machine("hello stop=250")
    outcome, memory = run_to_end(started, kernel)
    assert outcome.status == qemu.EXIT_CLEAN and not memory.processes()
    assert "tick=250" in started.log() and memory.variable("ticks") == 250


def test_a_kernel_with_nothing_to_do_halts_with_interrupts_on(machine):
    """In real time, where a halted processor stays so for a while."""
    started = machine("hello", icount=None)
    halted = []
    while len(halted) < 3:
        assert started.virtual_time() < 100
        state = started.registers()
        if "exit pid=1" in started.log() and "HLT=1" in state:
            halted.append(int(re.search("RFL=([0-9a-f]+)", state)[1], 16))
    assert all(flags & 0x200 for flags in halted)


def test_the_timer_ticks_100_times_a_second(machine):
    times = []
    for ticks in (100, 10_000):
        started = machine(f"hello stop={ticks} pace=1")
        started.run(400, at_end=lambda ended: times.append(ended.virtual_time()))
    assert 98 <= times[1] - times[0] <= 100 and times[0] <= 2


def test_scheduling_costs_the_same_however_many_processes_there_are(at, kernel):
    """Instructions of one `sys_yield` and the way to the next process, with 3 processes and with 35."""
    costs = []
    _started, stub = at("test-forkslots view=off", "syscall_fork")
    stub.physical(True)                         # a process's page table has nothing of the kernel's data
    for wanted in (3, 35):
        while int.from_bytes(stub.read(kernel["nlive"], 4), "little") < wanted:
            go_to(stub, kernel["fork_process"])
            go_to(stub, kernel["exception_return"])
        while True:
            go_to(stub, kernel["syscall_entry"])
            if stub.registers()["rax"] == 2:
                break
            stub.step()
        costs.append(0)
        while stub.registers()["rip"] < PROC_START_ADDR:
            stub.step()
            costs[-1] += 1
    assert costs[0] == costs[1] < 200


### The same run twice

@pytest.mark.parametrize("words", [
    "exit view=off audit=on stop=40", "allocators keys=20:f,60:space,70:s,80:e stop=200"
])
def test_the_same_run_twice_is_the_same_to_the_last_byte(words, machine, kernel):
    logs, memories = [], []
    for _ in range(2):
        started = machine(words)
        memories.append(run_to_end(started, kernel)[1])
        logs.append(started.log())
    assert logs[0] == logs[1] and logs[0].count("\n") > 8
    kept = slice(KERNEL_START_ADDR, None)
    assert memories[0].bytes[kept] == memories[1].bytes[kept]


def test_a_run_is_the_same_where_temporary_files_are_in_memory(monkeypatch, machine):
    monkeypatch.setattr(tempfile, "tempdir", "/dev/shm")
    logs = []
    for _ in range(5):
        started = machine("allocators view=off stop=3")
        started.run(20)
        logs.append(started.log())
    assert "boot cycles=" in logs[0] and len(set(logs)) == 1


def test_a_run_is_the_same_where_qemu_is_slow_to_read(monkeypatch, machine):
    monkeypatch.setattr(qemu.Machine, "fast_disk", False)
    logs = []
    for _ in range(3):
        started = machine("allocators view=off stop=3")
        assert "sd-card,drive=disk" in started.command_line
        started.run(20)
        logs.append(started.log())
    assert "boot cycles=" in logs[0] and len(set(logs)) == 1
