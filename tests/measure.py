"""measure.py - how each figure of bench.py is found

Instructions are counted by QEMU: under -icount shift=0 the time-stamp counter goes up by one an instruction, and once
each repetition of a repeated string instruction. The same image takes the same number each time, but for how long a
BIOS asks a disk whether it is ready, which depends on the host: so each figure of booting is the least of several.

Where the counter counts time (KVM), the same programs run several times, and log what a tick is, from which the
nanoseconds come.

Wall time depends on what else the host does. Kinglet and a bare boot sector start by turns, before all else on the host
where that is permitted; the least third of each counts.
"""
import contextlib
import functools
import io
import os
import re
import statistics
import struct
import subprocess
import sys
import tarfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "build"))
import files                                                    # noqa: E402
import lines                                                    # noqa: E402
import pack                                                     # noqa: E402
import qemu                                                     # noqa: E402
import scratch                                                  # noqa: E402
from problem import Problem                                     # noqa: E402
from memory import KERNEL_OFFSET, kernel_of                     # noqa: E402

QEMU = os.environ.get("QEMU") or "qemu-system-x86_64"
NANOSECONDS_A_TICK = 1e9 * 11932 / 1193182      # the timer's divisor and input frequency: kernel/device/timer.cc
PAGESIZE = 4096
REPETITIONS = 15                        # of what is measured in nanoseconds

# What each program logs, and the words and the machine that it wants
CALLS = ("null_call", "yield_round_trip", "pipe_round_trip", "page_alloc", "fork_exit", "fork_exit_wait_0", "spawn_exit_wait",
         "lazy_fault", "zero_fault", "cow_copy", "cow_reuse")
FILES = ("disk_read_4k", "open_close", "read_1", "read_4k", "read_1m", "write_4k", "mmap", "munmap", "file_fault",
         "file_copy", "map_read_1m")
TRAPS = ("prot1_trap_unprot", "prot1", "trap", "unprot")
DRAWINGS = ("screen_refresh", "screen_refresh_full")
PAGES = (16, 64, 256, 1024, 16384, 262144)
BIG_CALLS = tuple(f"{call}_{pages}" for call in ("fork_exit_wait", "exit") for pages in PAGES)
# Keys that show another process, at ticks which 5 does not divide: p-bench tells these drawings from the others
KEYS = ",".join(f"{tick}:left" for tick in range(37, 137, 5))

# A boot sector that writes "bare\n" to the parallel port, as the kernel writes its log. It lies at the end of another
# boot sector, whose first bytes are a jump to it; then it puts those bytes back and jumps there.
BARE_BOOT_SECTOR = """
    52 fc           # push %dx; cld
    31c0 8ed8       # xorw %ax, %ax; movw %ax, %ds
    be {text}       # movw $text, %si
    ac              # next: lodsb
    84c0            # testb %al, %al
    740e            # jz done
    ba7803 ee       # movw $0x378, %dx; outb %al, %dx
    b27a            # movb $0x7A, %dl
    b00d ee         # movb $0x0D, %al; outb %al, %dx
    b00c ee         # movb $0x0C, %al; outb %al, %dx
    ebed            # jmp next
    5a              # done: pop %dx
    66c706 007c {first}     # movl $first, 0x7C00
    ea 007c 0000    # ljmp $0, $0x7C00
"""
BARE_TEXT, BARE_OFFSET, STAGE1_ADDR, STAGE1_SIZE = b"bare\n\0", 440, 0x7C00, 512


def assembled(code, **bytes_of):
    """The machine code that stands in hexadecimal in `code`, with comments; `{name}` are the bytes of that name."""
    digits = re.sub("#.*", "", code).format(**{name: value.hex() for name, value in bytes_of.items()})
    return bytes.fromhex(digits)


def run(image, words, ends=(qemu.EXIT_CLEAN,), **settings):
    """The log of one run, with one instruction a nanosecond if nothing else is said."""
    settings = {"icount": 0, **settings}
    with qemu.Machine(image, words=words, qemu=QEMU, **settings) as machine:
        outcome = machine.run(30)
        if outcome.status not in ends:
            raise Problem(f"the run of \"{words}\" failed: {outcome.sentence}; {machine.log()[-300:]!r}")
        return machine.log()


def logged(log, pattern):
    """The number in the log's line that matches `pattern`."""
    match = re.search(f"^{pattern}=([0-9]+)$", log, re.MULTILINE)
    if not match:
        raise Problem(f"the log has no line {pattern}=NUMBER; it ends: {log[-300:]!r}")
    return int(match[1])


def reported(log, names):
    """What a program's lines say of each name."""
    return {name: logged(log, f"log pid=[0-9]+: bench {name}") for name in names}


# What the programs measure

def measure_calls(image, kernel):
    """And what memory a process takes of the kernel's: its page tables and its entry in the process table."""
    log = run(image, "bench view=off")
    tables = reported(log, ["tables"])["tables"]
    return {**reported(log, CALLS), "process_memory": (tables + 1) * PAGESIZE + kernel_of(kernel).size("proc")}     # and its frame


def measure_files(image):
    """With a disk that has one file of 1 MiB."""
    with scratch.Folder("bench") as folder:
        path = os.path.join(folder, "disk.tar")
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            files.add(tar, "large", bytes(1 << 20))
        with open(path, "wb") as file:
            file.write(archive.getvalue() + bytes(files.SPARE))
        return reported(run(image, "bench-files files=on view=off machine=big", memory="64M", files=path), FILES)


def measure_traps(image, **settings):
    return reported(run(image, "bench-trap view=off", (qemu.EXIT_FAULT,), **settings), TRAPS)


def measure_drawings(image, **settings):
    return reported(run(image, f"bench view=on pace=0 stop=400 keys={KEYS}", **settings), DRAWINGS)


@functools.cache
def run_big(image, memory):
    return run(image, "bench-big view=off machine=big", memory=memory)


def measure_big_calls(image, memory="5G", names=BIG_CALLS):
    return reported(run_big(image, memory), names)


def measure_longest(image, memory):
    return reported(run(image, "bench-longest view=off machine=big stop=20000", memory=memory), ("longest_handler",))


def measure_forks(image):
    """What fork alone takes with 64 KiB and with 1 GiB of touched memory."""
    return list(reported(run_big(image, "5G"), ("fork_16", "fork_262144")).values())


def measure_big(image, **settings):
    return reported(run(image, "bench-big view=off machine=big", memory="5G", **settings), BIG_CALLS)


def measure_times(image, others=(measure_traps, measure_drawings, measure_big), repetitions=REPETITIONS, **settings):
    """(median, first and third quartile) in nanoseconds of what the programs measure, by name: p-bench's calls, and
    what `others` find. The settings are those of a machine whose time-stamp counter counts time."""
    settings = {"icount": None, **settings}
    found = {}
    for _ in range(repetitions):
        log = run(image, "bench view=off", **settings)
        nanoseconds = NANOSECONDS_A_TICK / reported(log, ["tick"])["tick"]
        counts = reported(log, CALLS)
        for other in others:
            counts.update(other(image, **settings))
        for name, count in counts.items():
            found.setdefault(name, []).append(count * nanoseconds)
    result = {}
    for name, times in found.items():
        first, middle, third = statistics.quantiles(times, n=4, method="inclusive")
        result[name] = (middle, first, third)
    return result


# Booting

def measure_boot(image, kernel, disk, words="", memory="16M", enough=float("inf"), attempts=12):
    """The least of three runs, or more while it is not `enough`. The kernel itself notes both times."""
    kernel = kernel_of(kernel)
    runs = []
    while len(runs) < 3 or min(runs) > enough and len(runs) < attempts:
        with qemu.Machine(image, words=f"allocators view=off {words}", disk=disk, memory=memory, icount=0, qemu=QEMU,
                          gdb="private", paused=True) as machine:
            go_to(machine.gdb(), kernel["exception_return"])
            start, end = (int.from_bytes(machine.gdb().read(kernel[name], 8), "little")
                          for name in ("boot_tsc", "first_run_tsc"))
        runs.append(end - start)
    return min(runs)


def measure_boot_memory(image, kernel):
    """What booting 4 GiB takes more than booting 256 MiB."""
    more, less = (measure_boot(image, kernel, "virtio", "machine=big", memory) for memory in ("4G", "256M"))
    return more - less


# What booting is made of: each part, and the kernel's function at whose start it ends
BOOT_PARTS = {"BIOS": None, "loader": "kernel_entry", "kernel": "kernel_start", "programs": "exception_return"}
BOOT_INFO = 0x4000                                              # boot/boot.h


# It takes the place of a function's start: writes the low halves of the time-stamp counter and of the double word that
# an address is put in for to QEMU's debug port, least byte first, and powers off.
PROBE = """
    0f31 8b1c25{address}                        # rdtsc; movl address, %ebx
    b904000000 e6e9 c1e808 e2f9                 # movl $4, %ecx; 1: outb %al, $0xE9; shrl $8, %eax; loop 1b
    89d8 b904000000 e6e9 c1e808 e2f9            # movl %ebx, %eax, and again
    66ba0105 b810000000 66ef f4                 # movw $0x501, %dx; movl $0x10, %eax; outw %ax, %dx; hlt
"""


def measure_boot_parts(image, kernel):
    """Instructions that each of BOOT_PARTS takes."""
    ends = {}
    for part, function in BOOT_PARTS.items():
        if function:
            start_tsc = BOOT_INFO if function == "kernel_entry" else kernel_of(kernel)["boot_tsc"]
            ends[part], ends["BIOS"] = probe(image, kernel_of(kernel)[function], start_tsc)
    return {part: ends[part] - (ends[before] if before else 0) for before, part in zip([None, *BOOT_PARTS], BOOT_PARTS)}


def probe(image, function, address):
    """The time-stamp counter at the start of a kernel's function, and the one that `address` keeps."""
    code = assembled(PROBE, address=address.to_bytes(4, "little"))
    with scratch.Folder("bench") as folder:
        probed, port = os.path.join(folder, "probed.img"), os.path.join(folder, "port")
        change_kernel(image, probed, {function: code})
        run(probed, "fork view=off", debugcon=port)
        with open(port, "rb") as file:
            return struct.unpack("<2I", file.read())


def offset_of(elf, address):
    """Where in an ELF file the byte is that is loaded to a virtual address."""
    return next(offset + address - va for _, _, offset, va, _, size, *_ in elf.segments if va <= address < va + size)


def change_kernel(image, changed, places):
    """Copies a disk image. In the copy, the kernel has other bytes at some addresses: `places` (address: bytes)."""
    with open(image, "rb") as file:
        data = bytearray(file.read())
    with scratch.Folder("kernel") as folder:
        kernel = os.path.join(folder, "kernel.elf")
        with open(kernel, "wb") as file:
            file.write(data[KERNEL_OFFSET:])
        elf = pack.Elf(kernel)
    for address, code in places.items():
        offset = KERNEL_OFFSET + offset_of(elf, address)
        data[offset:offset + len(code)] = code
    with open(changed, "wb") as file:
        file.write(data)


def go_to(stub, address):
    stub.set_breakpoint(address)
    stub.cont()
    stub.clear_breakpoint(address)


def measure_kalloc(image, kernel):
    """The kernel stands still before its first process, is made to call both functions, and executes them one
    instruction at a time. That is done twice, with a page that nobody ever had and with one that was given back; the
    dearer pair counts."""
    kalloc, kfree, start = (kernel_of(kernel)[name] for name in ("kalloc", "kfree", "kernel_start"))
    with qemu.Machine(image, words="fork view=off", qemu=QEMU, gdb="private", paused=True) as machine:
        stub = machine.gdb()
        stub.command("qXfer:features:read:target.xml:0,ffb")
        go_to(stub, start)
        stack = stub.registers()["rsp"] - 1024 & ~15    # as at the start of a function: 8 below a multiple of 16
        stub.write(stack - 8, start.to_bytes(8, "little"))

        def call(function, first, second=0):
            """Instructions from the function's first to its return, and its result."""
            for name, value in {"rip": function, "rsp": stack - 8, "rdi": first, "rsi": second}.items():
                stub.set_register(name, value)
            steps = 0
            while (registers := stub.registers())["rip"] != start:
                stub.step()
                steps += 1
            return steps, registers["rax"]

        pairs = []
        for _ in range(2):
            steps, page = call(kalloc, PAGESIZE, 1)
            pairs.append(steps + call(kfree, page)[0])
        return max(pairs)


# Sizes

def measure_sizes(image, kernel):
    """Bytes."""
    command = [sys.executable, os.path.join(ROOT, "build", "pack.py"), "size", kernel]
    size = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0])
    elf = kernel_of(kernel)
    return {"kernel_bytes": size, "image_bytes": os.path.getsize(image),
            "kernel_memory": elf["_kernel_end"] - elf["_kernel_start"], "page_memory": elf.size("physical_pageinfo")}


def count_lines():
    """As `make lines` does."""
    return {f"lines_{folder}": lines.count_all(lines.sources(folder)).code for folder in ("boot", "kernel", "lib", "user")}


# Wall time

def line_times(image, patterns, folder):
    """Seconds from the start of QEMU, without instruction counting, until it answers, and to the first line in its log
    that matches each of `patterns`, in this order. The log is a pipe, so that nobody need look at a file again and
    again."""
    pipe = os.path.join(folder, "log")
    if not os.path.exists(pipe):
        os.mkfifo(pipe)
    log = os.open(pipe, os.O_RDWR)
    arrived = []

    def read():
        text = b""
        while len(arrived) < len(patterns) and not text.endswith(b"\0"):
            text += os.read(log, 4096)
            now = time.monotonic()
            while len(arrived) < len(patterns) and re.search(patterns[len(arrived)], text, re.MULTILINE):
                arrived.append(now)

    reader = threading.Thread(target=read)
    reader.start()
    start = time.monotonic()
    try:
        with qemu.Machine(image, words="fork view=off", icount=None, log=pipe, qemu=QEMU):
            answered = time.monotonic()
            reader.join(20)
    finally:
        if reader.is_alive():
            os.write(log, b"\0")        # so that it ends
            reader.join()
        os.close(log)
    if len(arrived) < len(patterns):
        raise Problem(f"{image} did not log {patterns[len(arrived)].decode()} within 20 s")
    return [each - start for each in (answered, *arrived)]


@contextlib.contextmanager
def before_all_else():
    """What this process and those that it starts do goes before all else on the host, if this user may have that."""
    if not hasattr(os, "sched_setscheduler"):
        yield
        return
    policy, parameter = os.sched_getscheduler(0), os.sched_getparam(0)
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameter)


def bare_first(image, copy):
    """Copies a disk image. The copy begins as a bare boot sector, and goes on as `image`."""
    with open(image, "rb") as file:
        data = bytearray(file.read())
    if any(data[BARE_OFFSET:STAGE1_SIZE - 2]):
        raise Problem(f"{image}: the boot sector has more than {BARE_OFFSET} bytes: no room for a second one")
    first, text = bytes(data[:4]), STAGE1_ADDR + STAGE1_SIZE - 2 - len(BARE_TEXT)
    code = assembled(BARE_BOOT_SECTOR, text=text.to_bytes(2, "little"), first=first)
    data[BARE_OFFSET:STAGE1_SIZE - 2] = code.ljust(text - STAGE1_ADDR - BARE_OFFSET, b"\0") + BARE_TEXT
    data[:4] = assembled("e9{offset} 90      # jmp; nop", offset=(BARE_OFFSET - 3).to_bytes(2, "little"))
    with open(copy, "wb") as file:
        file.write(data)


# The log's lines that end the parts of booting: the bare boot sector's; the kernel's first line, its last one before a
# process runs, and the first one that a process causes
LINES = [rb"^bare\n", rb"^start .*\n", rb"^machine .*\n", rb"^fork pid=[0-9]+ parent=1\n"]


def wall_rows(image, runs):
    """[seconds], for each run, as `line_times` has them."""
    with scratch.Folder("bench") as folder, before_all_else():
        copy = os.path.join(folder, "bare-first.img")
        bare_first(image, copy)
        return [line_times(copy, LINES, folder) for _ in range(runs)]


def typical(rows):
    """Milliseconds, for each column of `rows`: the mean of the least third, since other work on the host only adds."""
    columns = [sorted(column)[:-(-len(column) // 3)] for column in zip(*rows)]
    return [1000 * statistics.mean(column) for column in columns]


def measure_wall_parts(image, runs=15):
    """Milliseconds: until QEMU answers, and from there to each of LINES."""
    rows = [[end - start for start, end in zip([0, *row], row)] for row in wall_rows(image, runs)]
    return [round(part, 1) for part in typical(rows)]


def measure_wall_time(image, enough, runs=15, attempts=5):
    """How many milliseconds after a bare boot sector's line the first line comes that the first process causes, with
    that boot sector's code before Kinglet's. After so many runs more are added while it is not `enough`."""
    rows = []
    for _ in range(attempts):
        rows += [(fork - bare,) for _, bare, *_, fork in wall_rows(image, runs)]
        found = typical(rows)[0]
        if found <= enough:
            break
    return round(found, 1)
