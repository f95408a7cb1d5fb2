"""No old translation is used: the CPU's memory of a page table that is no longer the one in force, or has changed.

Every way into the kernel and out of it loads a page table, and what a CPU remembers of others is gone then (SDM vol.
3A, 4.10.4.1). So only the kernel's own map needs care, while the kernel runs. It is made once, over the boot loader's,
and loaded then; what a big machine's kernel adds after that is where nothing was, which no CPU remembers. Each of these
loads has a test here that fails without it, as the same test with the load taken out of the image shows; and no program
changes the kernel's map later.
"""
import re

import measure
import pack
import pytest
import qemu
from memory import MEMSIZE_PHYSICAL, PAGESIZE, PTE_A, PTE_D, kernel_of
from snapshot import Snapshot, run_to_end

LOAD = re.compile(rb"\x41?\x0f\x22[\xd8-\xdf]")     # movq %REGISTER, %cr3
NOPS = {3: b"\x0f\x1f\x00", 4: b"\x0f\x1f\x40\x00"}


@pytest.fixture(scope="session")
def kernel(test_kernel_elf):
    return kernel_of(test_kernel_elf)


@pytest.fixture
def stopped(machine, kernel):
    """stopped(words, function, **settings): (a machine that stands at the start of that function, its gdb stub)."""
    def stop(words, function, **settings):
        started = machine(words, gdb="private", paused=True, **settings)
        stub = started.gdb()
        stub.command("qXfer:features:read:target.xml:0,ffb")        # only then QEMU lets registers be set
        measure.go_to(stub, kernel[function])
        return started, stub
    return stop


@pytest.fixture
def without_load(test_image, kernel, tmp_path):
    """without_load(function, which): the image, and in that function of the kernel no page table is loaded: of several
    loads, the one with that number is left out; None: none of them."""
    def make(function, which=None):
        start = kernel[function]
        following = min(address for address in kernel.symbols.values() if address > start)
        elf = pack.Elf(kernel.elf)
        code = elf.data[measure.offset_of(elf, start):][:following - start]
        loads = list(LOAD.finditer(code))
        chosen = loads if which is None else [loads[which]]
        assert chosen, f"{function} loads no page table"
        changed = str(tmp_path / "changed.img")
        measure.change_kernel(test_image, changed, {start + load.start(): NOPS[len(load[0])] for load in chosen})
        return changed
    return make


### The map that the boot loader made gives way to the kernel's

# What the boot loader could write to, and the kernel may not: an address in each
PLACES = {"text": "kernel_entry", "constants": "_kernel_text_end", "stack guard": "kernel_stack_guard",
          "programs": "_programs_start", "page 0": None, "memory past its own": None}


def address_of(place, kernel):
    numbers = {"page 0": 8, "memory past its own": kernel["_programs_end"] + 2 * MEMSIZE_PHYSICAL}
    return numbers[place] if place in numbers else kernel[PLACES[place]]


def may_write(stub, kernel, address):
    """Whether the kernel may write to `address`: it is made to call memset, step by step."""
    start = stub.registers()["rip"]
    stack = stub.registers()["rsp"] - 1024 & ~15
    stub.write(stack - 8, start.to_bytes(8, "little"))
    for name, value in {"rip": kernel["memset"], "rsp": stack - 8, "rdi": address, "rsi": 1, "rdx": 1}.items():
        stub.set_register(name, value)
    for _ in range(100):
        stub.step()
        rip = stub.registers()["rip"]
        if rip == start:
            return True
        if rip == kernel["interrupt_entries"] + 14 * 16:
            return False
    raise AssertionError(f"memset neither returned nor faulted; rip={rip:#x}")


@pytest.mark.parametrize("place", PLACES)
def test_the_kernel_may_not_write_where_the_boot_loaders_map_let_it(stopped, kernel, place):
    _, stub = stopped("hello view=off", "kernel_start")
    assert not may_write(stub, kernel, address_of(place, kernel))


@pytest.mark.parametrize("place", PLACES)
def test_it_could_if_its_map_were_not_loaded_when_it_is_made(stopped, kernel, without_load, place):
    _, stub = stopped("hello view=off", "kernel_start", image=without_load("init_kernel_map"))
    assert may_write(stub, kernel, address_of(place, kernel))


# Without pages of 1 GiB, so that the kernel makes tables for what lies above the first
BIG = {"words": "hello view=off machine=big", "memory": "4G", "extra": ("-cpu", "qemu64")}


def test_a_big_machines_tables_may_lie_where_the_boot_loaders_did(stopped, kernel):
    _, stub = stopped(function="kernel_start", **BIG)
    entries = [int.from_bytes(stub.read(kernel["kernel_pagetable"] + PAGESIZE + 8 * n, 8), "little") for n in range(4)]
    assert {0x1000, 0x2000, 0x3000} & {entry & ~0xFFF for entry in entries}     # the boot loader's: boot/boot.h


@pytest.mark.parametrize("is_loaded", [True, False])
def test_a_big_machine_boots_only_if_its_map_is_loaded_before(machine, test_image, without_load, is_loaded):
    outcome = machine(image=test_image if is_loaded else without_load("init_kernel_map"), **BIG).run(20)
    assert (outcome.status == qemu.EXIT_CLEAN) == is_loaded


### Nothing changes it later

def kernel_map(memory):
    """What the kernel's tables say, but for what the CPU notes there."""
    return [(mapping.va, mapping.pa, mapping.size, mapping.entry & ~(PTE_A | PTE_D))
            for mapping in memory.walk(memory.kernel["kernel_pagetable"])]


def maps_before_and_after(started, stub, kernel, change=lambda: None):
    before = kernel_map(Snapshot(started, kernel))
    change()
    stub.detach()
    outcome, memory = run_to_end(started, kernel)
    assert memory, outcome
    return before, kernel_map(memory)


@pytest.mark.parametrize("words", ["test-mprotect", "test-stackgrowth", "test-exec", "test-faultedorphans",
                                   "test-kernelmemory", "test-sharemany", "test-tables machine=big"])
def test_no_program_changes_the_kernels_map(stopped, kernel, words):
    started, stub = stopped(f"{words} view=off", "kernel_start", memory="256M")
    before, after = maps_before_and_after(started, stub, kernel)
    assert before == after and len(before) > 300


def test_a_change_of_the_kernels_map_would_be_seen(stopped, kernel):
    started, stub = stopped("hello view=off", "kernel_start")
    entry = kernel["kernel_pagetable"] + 3 * PAGESIZE + 8 * 0x20                # an unused page of low memory
    before, after = maps_before_and_after(started, stub, kernel, lambda: stub.write(entry, b"\1\0\2\0\0\0\0\0"))
    assert before != after


### The ways in and out

# The function, which of its loads, a program that comes to a clean end only with it
WAYS = {"a call": ("syscall_entry", 0, "test-pagealloc"), "a fault": ("interrupt_entry", 0, "test-sharemany"),
        "the way out": ("exception_return", None, "hello")}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("is_loaded", [True, False])
def test_a_program_ends_well_only_if_each_way_loads_a_page_table(machine, test_image, without_load, way, is_loaded):
    function, which, program = WAYS[way]
    image = test_image if is_loaded else without_load(function, which)
    outcome = machine(f"{program} view=off stop=500", image=image).run(20)
    assert (outcome.status == qemu.EXIT_CLEAN) == is_loaded


# For what comes while a process's page table is still in force, at the kernel's first instruction of a call
CALLED = "test-nmi view=off stop=500", "syscall_entry"


@pytest.mark.parametrize("is_loaded", [True, False])
def test_the_kernel_names_where_it_died_only_if_its_map_is_loaded(stopped, test_image, without_load, kernel, is_loaded):
    """Its stack is gone: a double fault. Where the names of functions lie in the kernel's map, a process has something
    else, or nothing: the kernel faults again, and does so for ever."""
    image = test_image if is_loaded else without_load("kernel_interrupt", 0)
    started, stub = stopped(*CALLED, image=image)
    stub.step()
    stub.step()
    stub.set_register("rsp", 8)
    stub.detach()
    outcome = started.run(1)
    is_named = re.search("^kernel panic: .*double fault.*(\n.*)*syscall_entry", started.log(), re.MULTILINE)
    assert (outcome.status == qemu.EXIT_PANIC and bool(is_named)) == is_loaded


@pytest.mark.parametrize("is_loaded", [True, False])
def test_what_was_interrupted_has_its_page_table_back_only_if_it_is_loaded(stopped, test_image, without_load, kernel,
                                                                           is_loaded):
    image = test_image if is_loaded else without_load("kernel_interrupt", 1)
    started, stub = stopped(*CALLED, image=image)
    started.inject_nmi()
    measure.go_to(stub, kernel["kernel_exception"])
    measure.go_to(stub, kernel["syscall_entry"])
    table = int(re.search(r"\bCR3=([0-9a-f]+)", started.registers())[1], 16)
    assert (table != kernel["kernel_pagetable"]) == is_loaded
