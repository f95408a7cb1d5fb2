"""From power-on to the first process: every disk, and every reason not to get there."""
import os
import re
import shutil
import struct
import subprocess
import sys

import measure
import pytest
import qemu
import qemu_options
from problem import Problem
from conftest import QEMU, ROOT, built, clean_environment, comes
from memory import KERNEL_OFFSET, MEMSIZE_PHYSICAL, PAGESIZE, SECTOR, STAGE2_SECTORS, kernel_of
from snapshot import Snapshot, run_to_end

SECOND_STAGE, BUFFER_SECTORS = 0x30000, 127 - STAGE2_SECTORS        # boot/boot.h
LOAD, EXECUTE = 1, 1


### The kinds of disk

@pytest.mark.parametrize("disk", ["virtio", "ide", "ahci", "usb", "sd"])
def test_it_boots_from(disk, machine, image, kernel_elf):
    started = machine("allocators view=off stop=20", image=image, disk=disk)
    outcome, memory = run_to_end(started, kernel_of(kernel_elf))
    assert outcome.status == qemu.EXIT_CLEAN
    programs = [process.program for process in memory.processes().values()]
    assert programs == ["allocator", "allocator2", "allocator3", "allocator4"]
    assert memory.problems() == []
    check_loaded(memory, kernel_elf)


def check_loaded(memory, elf):
    """What the file says cannot be written is in memory as it is in the file."""
    with open(elf, "rb") as file:
        data = file.read()
    for index in range(struct.unpack_from("<56xH", data)[0]):
        header = struct.unpack_from("<IIQQQQQ", data, struct.unpack_from("<32xQ", data)[0] + 56 * index)
        kind, flags, offset, _, pa, size, _ = header
        if kind == LOAD and not flags & 2:
            assert memory.read(pa, size) == data[offset:offset + size]


def test_it_boots_under_kvm(image, test_kernel_elf, machine):
    told = subprocess.run([sys.executable, ROOT / "build" / "run.py", "kvm", "--image", image], text=True, check=True,
                          env=clean_environment(QEMU=QEMU), capture_output=True).stdout
    if told != "works here (KVM=1)\n":
        assert told.startswith("no use here, which is no trouble: ") and told.count("\n") == 1
        pytest.skip(told.strip())
    started = machine("test-exceptions view=off", kvm=True)
    try:
        while not started.monitor.closed:
            event = started.monitor.event(20)
            assert event or started.monitor.closed, "it came to no end under KVM"
            started.handle(event or {})
    except Problem:
        assert started.monitor.closed           # it ended before it could answer
    entry = kernel_of(test_kernel_elf)["syscall_entry"]
    if f"(execute protection problem, error 0x15, rip={entry:#x} " in started.log():
        pytest.skip("this KVM is an emulation that runs the kernel's entry in user mode")
    assert started.death().status == qemu.EXIT_FAULT and "log pid=1: ok" in started.log()


@pytest.mark.parametrize("memory", ["4M", "64M", "1G", "3G", "5G"])
def test_it_boots_with_any_size_of_memory(memory, machine, image):
    outcome = machine("fork view=off stop=5", image=image, memory=memory).run(20)
    assert outcome.status == qemu.EXIT_CLEAN


def ram(machine):
    """Physical addresses at which QEMU has memory, as ranges, from its map of them."""
    text = machine.command("human-monitor-command", command_line="info mtree -f").split("FlatView #")
    view = next(part for part in text if re.search(r'AS "memory"', part))
    found = re.findall(r"^  ([0-9a-f]+)-([0-9a-f]+) \(prio 0, ram\): (?:pc\.ram|memory)\b", view, re.MULTILINE)
    return [range(int(start, 16), int(end, 16) + 1) for start, end in found]


@pytest.mark.parametrize("disk", ["virtio", "ahci"])
@pytest.mark.parametrize("size", ["16M", "256M", "3584M", "4G", "64G"])
def test_a_big_machine_has_all_memory_that_there_is(size, disk, machine, image, kernel_elf):
    started = machine("fork view=off stop=5 machine=big", image=image, memory=size, disk=disk)
    there = []
    snapshots = []
    outcome = started.run(20, at_end=lambda ended: (there.extend(ram(ended)),
                                                    snapshots.append(Snapshot(ended, kernel_of(kernel_elf)))))
    memory = snapshots[0]
    assert outcome.status == qemu.EXIT_CLEAN and memory.is_big and memory.problems() == []
    assert memory.user_end == 0x7FFFFFFFF000 and "warning" not in started.log()
    for pages in memory.usable:
        assert any(pages.start * PAGESIZE in each and pages.stop * PAGESIZE - 1 in each for each in there), pages
    limit = 1 << 36                                 # 64 GiB
    total = sum(min(each.stop, limit) - min(each.start, limit) for each in there)
    taken = memory.variable("pageinfo") + 16 * memory.npages
    assert total - taken - 0x100000 <= memory.variable("total_pages") * PAGESIZE <= total
    assert re.search(f"^machine memory={memory.npages * PAGESIZE:#x} ", started.log(), re.MULTILINE)


def test_the_weensy_machine_is_the_same_in_any_size_of_memory(machine, image, kernel_elf):
    seen = []
    for size in ("16M", "4G"):
        started = machine("exit view=off stop=20 fork=copy", image=image, memory=size)
        memory = run_to_end(started, kernel_of(kernel_elf))[1]
        assert not memory.is_big and memory.npages * PAGESIZE == MEMSIZE_PHYSICAL
        seen.append(re.sub("boot cycles=.*", "", started.log()))
    assert seen[0] == seen[1]


def test_a_machine_too_small_to_be_big_says_so_and_is_weensy(machine, image, kernel_elf):
    started = machine("fork view=off stop=5 machine=big", image=image, memory="4M")
    outcome, memory = run_to_end(started, kernel_of(kernel_elf))
    assert outcome.status == qemu.EXIT_CLEAN and not memory.is_big and memory.problems() == []
    assert "\nwarning too little memory for a big machine\n" in started.log()


def test_without_boot_words_the_allocators_start(machine, image):
    started = machine("", image=image)
    assert comes(started, "pid=4", 20)
    assert re.search("process pid=1 program=allocator\nprocess pid=2 program=allocator2\n", started.log())


def test_the_kernels_data_is_zero_where_its_file_has_nothing(machine, test_image, test_kernel_elf):
    """Memory is filled with ones before the loader reads the kernel; at its first instruction, .bss is zeros."""
    kernel = kernel_of(test_kernel_elf)
    started = machine("", gdb="private", paused=True)
    stub = started.gdb()
    stub.set_breakpoint(SECOND_STAGE)
    stub.cont()
    stub.physical(True)
    for pa in range(0x40000, 0x9F000, 0x400):
        stub.write(pa, b"\xFF" * 0x400)
    stub.physical(False)
    stub.clear_breakpoint(SECOND_STAGE)
    stub.set_breakpoint(kernel["kernel_entry"])
    stub.cont()
    memory = Snapshot(started, kernel)
    assert not any(memory.read(kernel["ptable"], kernel.size("proc") * memory.slot_count))
    assert memory.read(kernel["kernel_stack_bottom"], 16) == b"\xFF" * 16    # the kernel writes that before it reads it
    check_loaded(memory, test_kernel_elf)
    assert 0xFF in memory.read(0x90000, 16)         # what is not the kernel's is left alone
    assert not int(re.search("EFL=([0-9a-f]+)", started.registers().replace("RFL", "EFL"))[1], 16) & 0x200


def test_what_boots_is_found_by_the_bios_memory_map_and_not_assumed(machine, test_kernel_elf):
    """All pages below 2 MiB that the kernel may give to processes are usable memory; no others are."""
    memory = run_to_end(machine("hello view=off"), kernel_of(test_kernel_elf))[1]
    assert sorted(memory.free_list()) == memory.process_pages()
    assert memory.pages[0].owner == memory.pages[0x9F].owner == memory.pages[0xFF].owner == -1
    assert len(memory.pages) == MEMSIZE_PHYSICAL // PAGESIZE


### Everything that can go wrong: one line, on the screen and on port 0xE9, and then nothing more

class Image:
    """A disk image to be spoilt."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = bytearray(file.read())
        self.headers = KERNEL_OFFSET + struct.unpack_from("<Q", self.data, KERNEL_OFFSET + 32)[0]

    def put(self, offset, form, *values):
        struct.pack_into("<" + form, self.data, offset, *values)

    def elf(self, offset, form, value):
        self.put(KERNEL_OFFSET + offset, form, value)

    def segment(self, index, field, value):
        """Sets a field of a program header."""
        offset, form = {"flags": (4, "I"), "offset": (8, "Q"), "va": (16, "Q"), "pa": (24, "Q"), "filesz": (32, "Q"),
                        "memsz": (40, "Q")}[field]
        self.put(self.headers + 56 * index + offset, form, value)

    def move(self, index, pa):
        self.segment(index, "pa", pa)


def stop_of(started):
    """Lets the machine go on until it stands still for good; returns the lines on port 0xE9. It must not reset."""
    outcome = started.run(20)
    assert outcome.kind == "wedged" and "halted with interrupts off" in outcome.sentence, outcome
    with open(started.settings.debugcon, encoding="latin-1") as file:
        text = file.read()
    lines = [line for line in text.splitlines() if line.startswith("Kinglet: ")]
    assert text.endswith("\n") and len(lines) == 1
    on_screen = "".join(outcome.screen.row(row).ljust(80) for row in range(25))
    assert lines[0] in on_screen and on_screen.count("Kinglet: ") == 1
    assert "start Kinglet" not in started.log()
    return lines[0]


@pytest.fixture
def spoilt(machine, image, tmp_path):
    """spoilt(change, **settings): boots an image changed by `change(Image)`; returns the line that it stops with."""
    def boot(change=lambda disk: None, **settings):
        disk = Image(image)
        change(disk)
        path = tmp_path / "spoilt.img"
        path.write_bytes(disk.data)
        return stop_of(machine("", image=path, debugcon=str(tmp_path / "debugcon"), **settings))
    return boot


ELF_ERRORS = {
    "the magic number": (lambda disk: disk.elf(0, "I", 0x464C457E), "bad kernel: not an ELF file"),
    "nothing at all": (lambda disk: disk.put(KERNEL_OFFSET, "64x"), "bad kernel: not an ELF file"),
    "the class": (lambda disk: disk.elf(4, "B", 1), "bad kernel: not a 64-bit ELF file"),
    "the byte order": (lambda disk: disk.elf(5, "B", 2), "bad kernel: not a 64-bit ELF file"),
    "the machine": (lambda disk: disk.elf(18, "H", 3), "bad kernel: not for x86-64"),
    "the type": (lambda disk: disk.elf(16, "H", 3), "bad kernel: not an executable"),
    "the headers' place": (lambda disk: disk.elf(32, "Q", 0x1000), "bad kernel: program headers out of bounds"),
    "the headers' number": (lambda disk: disk.elf(56, "H", 1000), "bad kernel: program headers out of bounds"),
    "the headers' size": (lambda disk: disk.elf(54, "H", 32), "bad kernel: program headers out of bounds"),
    "a place in the file": (lambda disk: disk.segment(0, "offset", 0x1000000), "bad kernel: segment outside the file"),
    "a place that wraps": (lambda disk: disk.segment(1, "offset", 2**64 - 8), "bad kernel: segment outside the file"),
    "a size in the file": (lambda disk: disk.segment(0, "filesz", 0x90000),
                           "bad kernel: segment larger in the file than in memory"),
}


@pytest.mark.parametrize("what", ELF_ERRORS)
def test_a_broken_kernel_file_is_refused_by_name(what, spoilt):
    change, expected = ELF_ERRORS[what]
    assert spoilt(change) == f"Kinglet: {expected}"


PLACES = {
    "page 0": (0x0, "over BIOS data or the loader"),
    "BIOS data": (0x400, "over BIOS data or the loader"),
    "the loader's page tables": (0x1000, "over BIOS data or the loader"),
    "the boot sector": (0x7000, "over BIOS data or the loader"),
    "the loader": (SECOND_STAGE, "over BIOS data or the loader"),
    "the loader's buffer": (SECOND_STAGE + STAGE2_SECTORS * SECTOR, "over BIOS data or the loader"),
    "just below the kernel": (0x3F000, "over BIOS data or the loader"),
    "0x9F000": (0x9F000, "over BIOS data or devices"),
    "just before 0x9F000": (0x9E000, "over BIOS data or devices"),
    "the screen": (0xB8000, "over BIOS data or devices"),
    "the BIOS": (0xF0000, "over BIOS data or devices"),
    "what is past the first GiB": (0x40000000, "not below 1 GiB"),
    "what is past 4 GiB": (0x100000000, "not below 1 GiB"),
    "the end of all addresses": (2**64 - 0x1000, "not below 1 GiB"),
    "another segment": (0x40000, "overlaps another"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_segment_is_refused_over(place, spoilt):
    pa, expected = PLACES[place]
    line = spoilt(lambda disk: disk.move(1, pa))            # the constants: two pages
    assert re.fullmatch(rf"Kinglet: bad kernel: segment {pa:#x}-0x[0-9a-f]+ (is )?{expected}", line), line


def test_a_segment_outside_the_memory_map_is_refused(spoilt):
    """15 MiB is memory; the last pages below 16 MiB belong to the firmware."""
    line = spoilt(lambda disk: disk.move(1, 0xFFF000))
    assert re.fullmatch("Kinglet: (bad kernel: segment 0xfff000-0x.* is not in usable|too little) memory.*", line), line


def test_an_entry_point_that_is_no_code_is_refused(spoilt, kernel_elf):
    constants = kernel_of(kernel_elf)["_kernel_text_end"]
    line = spoilt(lambda disk: disk.elf(24, "Q", constants))
    assert line == f"Kinglet: bad kernel: entry point {constants:#x} is not code"


def test_too_little_memory_is_told(spoilt):
    line = spoilt(memory="2M")
    assert re.fullmatch("Kinglet: too little memory: the kernel ends at 0x[0-9a-f]+, memory at 0x[0-9a-f]+", line)


def test_a_cpu_without_long_mode_is_told(spoilt):
    assert "no long mode" in spoilt(extra=("-cpu", "qemu64,-lm"))


def test_a_disk_without_the_second_stage_is_told(spoilt):
    line = spoilt(lambda disk: disk.put(SECTOR, f"{STAGE2_SECTORS * SECTOR}x"))
    assert line == "Kinglet: the second stage of the boot loader is not on this disk"


@pytest.mark.parametrize("sectors, where", [(64, "at the start of the disk"), (200, "in the kernel")])
def test_a_kernel_that_is_not_all_on_the_disk_is_told(sectors, where, spoilt):
    """From IDE, since QEMU's BIOS does not start so small a disk from the others."""
    def cut(disk):
        del disk.data[KERNEL_OFFSET + sectors * SECTOR:]
    assert re.fullmatch(rf"Kinglet: disk read error 0x[0-9a-f]+ {where}.*", spoilt(cut, disk="ide"))


DEVICES = {"virtio": "virtio-blk-pci,drive=broken,bootindex=0", "ide": "ide-hd,drive=broken,bootindex=0"}


@pytest.mark.parametrize("sector, where", [
    (1, "at the start of the disk"), (127, "at the start of the disk"), (140, "in the kernel"), (200, "in the kernel")])
@pytest.mark.parametrize("disk", ["virtio", "ide"])
def test_a_read_error_is_told(disk, sector, where, machine, image, tmp_path, monkeypatch):
    """QEMU's blkdebug makes one sector unreadable."""
    rules, copy = tmp_path / "rules", tmp_path / "copy.img"
    shutil.copy(image, copy)
    rules.write_text(f'[inject-error]\nevent = "none"\niotype = "read"\nsector = "{sector}"\n')
    monkeypatch.setitem(qemu_options.DISKS, "broken", [
        "-drive", f"if=none,id=broken,format=raw,rerror=report,file.driver=blkdebug,file.config={rules},"
        f"file.image.driver=file,file.image.filename={copy}", "-device", DEVICES[disk]])
    line = stop_of(machine("", image=image, disk="broken", debugcon=str(tmp_path / "debugcon")))
    assert re.fullmatch(rf"Kinglet: disk read error 0x[0-9a-f]+ {where}.*", line), line


### Machines that lack something, and disks that are strange

LACKING = {
    "i8042=off": ["no keyboard: this machine has no PS/2 controller"],
    "pit=off": ["no interval timer: the real-time clock takes its place"],
}


@pytest.mark.parametrize("lacking", ["i8042=off", "pit=off", "i8042=off,pit=off"])
def test_what_a_machine_lacks_is_told_and_done_without(lacking, machine, image):
    expected = [sentence for each in lacking.split(",") for sentence in LACKING[each]]
    started = machine("fork view=on stop=100", image=image, extra=("-machine", lacking))
    screens = []
    outcome = started.run(20, at_end=lambda ended: screens.append((ended.screen(), ended.virtual_time())))
    screen, seconds = screens[0]
    assert outcome.status == qemu.EXIT_CLEAN
    assert re.findall("^warning (.*)", started.log(), re.MULTILINE) == expected
    assert [row for row in (screen.row(21), screen.row(22)) if row] == expected
    assert started.log().count("\nfork pid=") == 3 and 1 <= seconds <= 3


def test_without_a_keyboard_nothing_waits_for_a_key(machine, image, kernel_elf, tmp_path):
    """A panic's screen stays until a key is typed, but not there."""
    measure.change_kernel(image, tmp_path / "broken.img", {kernel_of(kernel_elf)["memshow"]: b"\x0F\x0B"})
    started = machine("fork view=on", image=tmp_path / "broken.img", extra=("-machine", "i8042=off"))
    assert started.run(20).status == qemu.EXIT_PANIC


def test_firmware_may_write_where_a_file_system_would_describe_itself(machine, image, tmp_path):
    disk = Image(image)
    disk.put(3, "59s", b"\xFF" * 59)                # to 0x3D
    (tmp_path / "described.img").write_bytes(disk.data)
    assert machine("hello view=off", image=tmp_path / "described.img").run(20).status == qemu.EXIT_CLEAN
    assert disk.data[:3] == b"\xEB\x3C\x90"         # firmware looks for such a jump


def cd_of(image):
    """A CD that starts the disk's first sectors, without emulation. (El Torito specification 1.0, 2.0)"""
    catalog, first, sector = 18, 19, 2048
    cd = bytearray(sector * first)
    struct.pack_into("<B5sB32x32xI", cd, 17 * sector, 0, b"CD001", 1, catalog)
    cd[17 * sector + 7:17 * sector + 30] = b"EL TORITO SPECIFICATION"
    struct.pack_into("<BBxx24xHBB", cd, catalog * sector, 1, 0, 0x55AA, 0x55, 0xAA)
    struct.pack_into("<BBHBxHI", cd, catalog * sector + 32, 0x88, 0, 0, 0, 4, first)
    return bytes(cd + image)


def test_sectors_of_another_size_are_told(machine, image, tmp_path, monkeypatch):
    monkeypatch.setitem(qemu_options.DISKS, "cd", ["-device", "ide-cd,drive=disk,bootindex=0"])
    (tmp_path / "cd.iso").write_bytes(cd_of(Image(image).data))
    line = stop_of(machine("", image=tmp_path / "cd.iso", disk="cd", debugcon=str(tmp_path / "debugcon")))
    assert line == "Kinglet: the BIOS reads no 512-byte sectors by number from this disk"


def test_a_disk_that_the_firmware_cannot_start_is_told(machine, image, monkeypatch):
    monkeypatch.setitem(qemu_options.DISKS, "large sectors", [
        "-device", "virtio-blk-pci,drive=disk,bootindex=0,logical_block_size=4096,physical_block_size=4096"])
    outcome = machine("", image=image, disk="large sectors").run(20)
    assert (outcome.kind, "the firmware can start nothing" in outcome.sentence) == ("wedged", True)


def test_the_loader_reads_as_many_sectors_a_call_as_every_bios_can(machine, image, kernel_elf):
    """Its calls are counted. The boot sector's one brings the first part of the kernel."""
    nm = subprocess.run(["nm", built("stage2.elf")], capture_output=True, text=True, check=True).stdout
    address = int(re.search("([0-9a-f]+) T bios_read", nm)[1], 16)
    started = machine("allocators view=off stop=1", image=image, gdb="private", paused=True)
    stub = started.gdb()
    stub.set_breakpoint(address)
    calls = 0
    stub.set_breakpoint(kernel_of(kernel_elf)["kernel_entry"])
    while stub.cont() and stub.registers()["rip"] == address:
        calls += 1
        stub.step()                             # past the breakpoint
    sectors = -(-os.path.getsize(built("kernel.stripped")) // SECTOR)
    assert 0 < calls <= (sectors - 1) // BUFFER_SECTORS


@pytest.mark.parametrize("left, size", [(BUFFER_SECTORS, 1 << 20), (BUFFER_SECTORS - 1, 2 << 20)])
def test_the_loaders_last_read_never_ends_past_the_disk(left, size, tmp_path):
    """A kernel's file that leaves so many sectors of the first MiB."""
    (tmp_path / "kernel").write_bytes(b"\x7fELF".ljust((1 << 20) - KERNEL_OFFSET - left * SECTOR, b"\0"))
    subprocess.run([sys.executable, ROOT / "build/mkimage", "image", built("stage1.bin"), built("stage2.bin"), "kernel"], cwd=tmp_path,
                   check=True)
    assert os.path.getsize(tmp_path / "image") == size
