#!/usr/bin/env python3
"""bench.py - what Kinglet costs, and whether that is within its bounds

`make bench` runs it: prints a table, writes obj/bench.json and docs/figures.md, ends with status 1 if a figure is
above its bound. The tests (test_bench.py) hold the same figures to the same bounds in `make check`. FIGURES is the one
place that has them.

Instructions are counted by QEMU: under -icount shift=0 the time-stamp counter goes up by one an instruction, and once
each repetition of a repeated string instruction. The same image takes the same number each time, but for how long a
BIOS asks a disk whether it is ready, which depends on the host: so each figure of booting is the middle one of three.

`kalloc_kfree` is counted from outside: the kernel stands still before its first process, is made to call both
functions, and executes them one instruction at a time. That is done twice, with a page that nobody ever had and with
one that was given back, and the dearer pair counts.

Wall time depends on what else the host does. Kinglet and a bare boot sector start by turns, and the middle one of the
differences counts; if that is above the bound, it is all done again, a few times, and the least counts.
"""
import dataclasses
import functools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "build"))
import qemu                                                     # noqa: E402


@dataclasses.dataclass
class Figure:
    what: str
    at_most: float
    others: str                         # the best of other systems, same counting


FIGURES = {
    "null_call": Figure("sys_getpid() and back, page tables switched", 85, "Chickadee 81 (no switch), WeensyOS 151"),
    "yield_round_trip": Figure("two processes, there and back", 300, "Chickadee 1,564, WeensyOS 1,817"),
    "page_alloc": Figure("sys_page_alloc() and first touch, 512 of it clearing", 950, "xv6 4,661, Linux 7,855"),
    "fork_exit": Figure("fork, child exits, parent runs again", 20_000, "Linux 152,000, xv6 474,000"),
    "lazy_fault": Figure("first write to a promised page, 512 of it clearing", 850, "Linux 2,742"),
    "zero_fault": Figure("first read of a promised page", 300, "-"),
    "cow_copy": Figure("write to a shared page, 512 of it copying", 900, "Linux 3,911"),
    "cow_reuse": Figure("write to a page whose other owners are gone", 300, "-"),
    "fork_exit_wait_0": Figure("fork, exit, wait; nothing else touched", 14_000,
                               "Linux 152,000, xv6-riscv 474,000, xv6 2,020,000"),
    "fork_exit_wait_1024": Figure("the same with 1,024 touched pages", 25_000, "Linux 587,000, xv6 17,300,000"),
    "fork_exit_wait_262144": Figure("the same with 1 GiB touched", 40_000, "Linux about 109,000,000"),
    "kalloc_kfree": Figure("a page taken and given back, without clearing", 60, "-"),
    "screen_refresh": Figure("one drawing of the picture, with its timer interrupt", 60_000, "WeensyOS 422,000"),
    "boot": Figure("boot sector to the allocators' first instruction", 250_000, "WeensyOS 880,000"),
    "boot_ide": Figure("the same from an IDE disk", 900_000, "WeensyOS 880,000"),
    "boot_4g_less_boot_256m": Figure("the same, more memory: the big machine with 4 GiB and 256 MiB", 20_000, "-"),
    "kernel_bytes": Figure("text and data without programs and symbols", 65_536, "WeensyOS 27,000, xv6 41,000"),
    "wall_ms_over_boot_sector": Figure("ms to process 1's log line, over a bare boot sector", 15, "-"),
}
DOCUMENT = os.path.join(ROOT, "docs", "figures.md")
QEMU = os.environ.get("QEMU") or "qemu-system-x86_64"

# A boot sector that writes "bare\n" to the parallel port, as the kernel writes its log, and halts.
BARE_BOOT_SECTOR = bytes.fromhex(
    "fa fc"         # cli; cld
    "31c0 8ed8"     # xorw %ax, %ax; movw %ax, %ds
    "be1f7c"        # movw $text, %si
    "ac"            # next: lodsb
    "84c0"          # testb %al, %al
    "740e"          # jz halt
    "ba7803 ee"     # movw $0x378, %dx; outb %al, %dx
    "b27a"          # movb $0x7A, %dl
    "b00d ee"       # movb $0x0D, %al; outb %al, %dx
    "b00c ee"       # movb $0x0C, %al; outb %al, %dx
    "ebed"          # jmp next
    "f4 ebfd"       # halt: hlt; jmp halt
) + b"bare\n\0"


def run(image, words, **settings):
    """The log of one run with one instruction a nanosecond."""
    with qemu.Machine(image, words=words, icount=0, qemu=QEMU, **settings) as machine:
        outcome = machine.run(30)
        if outcome.status != qemu.EXIT_CLEAN:
            raise qemu.Problem(f"the run of \"{words}\" failed: {outcome.sentence}; {machine.log()[-300:]!r}")
        return machine.log()


def logged(log, pattern):
    """The number in the log's line that matches `pattern`."""
    match = re.search(f"^{pattern}=([0-9]+)$", log, re.MULTILINE)
    if not match:
        raise qemu.Problem(f"the log has no line {pattern}=NUMBER; it ends: {log[-300:]!r}")
    return int(match[1])


def measure_calls(image):
    """What p-bench says; about the picture in a run of its own, in which it is drawn."""
    log = run(image, "bench view=off")
    figures = {name: logged(log, f"log pid=[0-9]+: bench {name}")
               for name in ("null_call", "yield_round_trip", "page_alloc", "fork_exit", "lazy_fault", "zero_fault",
                            "cow_copy", "cow_reuse", "fork_exit_wait_0")}
    log = run(image, "bench view=on pace=0 stop=400")
    figures["screen_refresh"] = logged(log, "log pid=[0-9]+: bench screen_refresh")
    return figures


@functools.cache
def run_big(image, memory):
    return run(image, "bench-big view=off machine=big", memory=memory)


def measure_big_calls(image, memory="2G"):
    """What p-bench-big says."""
    return {name: logged(run_big(image, memory), f"log pid=[0-9]+: bench {name}")
            for name in ("fork_exit_wait_1024", "fork_exit_wait_262144")}


def measure_forks(image):
    """What fork alone takes with 64 KiB and with 1 GiB of touched memory."""
    return [logged(run_big(image, "2G"), f"log pid=[0-9]+: bench fork_{pages}") for pages in (16, 262144)]


def measure_boot(image, disk, words="", memory="16M"):
    runs = [run(image, f"allocators view=off stop=1 {words}", disk=disk, memory=memory) for _ in range(3)]
    return statistics.median(logged(log, "boot cycles") for log in runs)


def measure_boot_memory(image):
    """What booting 4 GiB takes more than booting 256 MiB."""
    more, less = (measure_boot(image, "virtio", "machine=big", memory) for memory in ("4G", "256M"))
    return more - less


def addresses(kernel, *functions):
    """Where the kernel's functions are, by their names with parameters."""
    nm = os.environ.get("TOOLPREFIX", "") + "nm"
    lines = subprocess.run([nm, "-C", kernel], capture_output=True, text=True, check=True).stdout.splitlines()
    found = {line.split(maxsplit=2)[2]: int(line.split()[0], 16) for line in lines}
    return [found[function] for function in functions]


def measure_kalloc(image, kernel):
    kalloc, kfree, start = addresses(kernel, "kalloc(unsigned long, int)", "kfree(void*)", "kernel_start")
    with qemu.Machine(image, words="fork view=off", qemu=QEMU, gdb="private", paused=True) as machine:
        stub = machine.gdb()
        stub.command("qXfer:features:read:target.xml:0,ffb")        # only then QEMU lets registers be set
        stub.set_breakpoint(start)
        stub.cont()
        stub.clear_breakpoint(start)
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
            steps, page = call(kalloc, 4096, 1)
            pairs.append(steps + call(kfree, page)[0])
        return max(pairs)


def measure_size(kernel):
    command = [sys.executable, os.path.join(ROOT, "build", "pack.py"), "size", kernel]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0])


def seconds_to_line(image, pattern, folder):
    """Wall time from the start of QEMU, without instruction counting, to a line in its log that matches `pattern`. The
    log is a pipe, so that nobody need look at a file again and again."""
    pipe = os.path.join(folder, "log")
    if not os.path.exists(pipe):
        os.mkfifo(pipe)
    log = os.open(pipe, os.O_RDWR)
    arrived = []

    def read():
        text = b""
        while not arrived:
            text += os.read(log, 4096)
            if re.search(pattern, text) or text.endswith(b"\0"):
                arrived.append(time.monotonic())

    reader = threading.Thread(target=read)
    reader.start()
    start = time.monotonic()
    with qemu.Machine(image, words="fork view=off", icount=None, log=pipe, qemu=QEMU):
        reader.join(20)
    late = reader.is_alive()
    if late:
        os.write(log, b"\0")            # so that the reader ends
        reader.join()
    os.close(log)
    if late:
        raise qemu.Problem(f"{image} did not log {pattern.decode()} within 20 s")
    return arrived[0] - start


def measure_wall_time(image, pairs=15, attempts=8):
    """How many milliseconds later than a bare boot sector's line the first line comes that the first process causes
    (p-fork's `fork`), with the same options and a disk of the same size."""
    with tempfile.TemporaryDirectory(prefix="kinglet-bench-") as folder:
        bare = os.path.join(folder, "bare.img")
        with open(bare, "wb") as file:
            file.write(BARE_BOOT_SECTOR.ljust(510, b"\0") + b"\x55\xAA")
            file.truncate(os.path.getsize(image))
        least = float("inf")
        for _ in range(attempts):
            differences = []
            for _ in range(pairs):
                first = seconds_to_line(bare, rb"bare\n", folder)
                differences.append(seconds_to_line(image, rb"fork pid=[0-9]+ parent=1\n", folder) - first)
            least = min(least, round(1000 * statistics.median(differences), 1))
            if least <= FIGURES["wall_ms_over_boot_sector"].at_most:
                break
        return least


def measure(obj):
    """All figures of what is built in the folder `obj`."""
    image = os.path.join(obj, "kinglet.img")
    figures = {**measure_calls(image), **measure_big_calls(image)}
    figures["kalloc_kfree"] = measure_kalloc(image, os.path.join(obj, "kernel.elf"))
    figures["boot"] = measure_boot(image, "virtio")
    figures["boot_ide"] = measure_boot(image, "ide")
    figures["boot_4g_less_boot_256m"] = measure_boot_memory(image)
    figures["kernel_bytes"] = measure_size(os.path.join(obj, "kernel.elf"))
    figures["wall_ms_over_boot_sector"] = measure_wall_time(image)
    return figures


def too_much(figures):
    """Those of `figures` that are above their bounds."""
    return {key: found for key, found in figures.items() if found > FIGURES[key].at_most}


def table(figures):
    """Lines for people, in the order of FIGURES."""
    rows = [("key", "what", "found", "at most", "", "the best of the others")]
    for key, figure in FIGURES.items():
        verdict = "TOO MUCH" if too_much({key: figures[key]}) else ""
        rows.append((key, figure.what, f"{figures[key]:,}", f"{figure.at_most:,}", verdict, figure.others))
    widths = [max(map(len, column)) for column in zip(*rows)]
    aligned = "<<>><<"
    return ["  ".join(f"{cell:{align}{width}}" for cell, align, width in zip(row, aligned, widths)).rstrip()
            for row in rows]


def document(figures):
    """docs/figures.md"""
    lines = ["# Figures", "",
             "What Kinglet costs, and at most may cost. `make bench` measures and writes this; `make check` holds the",
             "bounds. Instructions where nothing else is said, counted by QEMU, a repeated string instruction once a",
             "repetition; the others were counted in the same way. `tests/bench.py` says how.", "",
             "| key | what | found | at most | best of the others |", "|---|---|---:|---:|---|"]
    for key, figure in FIGURES.items():
        lines.append(f"| `{key}` | {figure.what} | {figures[key]:,} | {figure.at_most:,} | {figure.others} |")
    return "\n".join(lines) + "\n"


def main():
    obj = os.environ.get("OBJ") or "obj"
    try:
        figures = measure(obj)
    except qemu.Problem as problem:
        return qemu.fail(problem)
    with open(os.path.join(obj, "bench.json"), "w", encoding="ascii") as file:
        file.write(json.dumps({key: figures[key] for key in FIGURES}, indent=1) + "\n")
    with open(DOCUMENT, "w", encoding="ascii") as file:
        file.write(document(figures))
    print(*table(figures), sep="\n")
    return 1 if too_much(figures) else 0


if __name__ == "__main__":
    sys.exit(main())
