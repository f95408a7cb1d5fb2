#!/usr/bin/env python3
"""bench.py - what Kinglet costs, and whether that is within its bounds

`make bench` runs it: prints a table, writes obj/bench.json and obj/figures.md, ends with status 1 if a figure is above
its bound. `make figures` (`bench.py figures`) does that and writes docs/figures.md. With KVM=1 it measures nanoseconds
too. The tests (test_bench.py) hold the same figures to the same
bounds in `make check`. FIGURES is the one place that has them; how they are found stands in measure.py.

A bound is a few in a hundred above what was found with g++ 12. Other compilers may take more, by OTHER_COMPILERS.
"""
import dataclasses
import json
import os
import re
import sys

import measure
from measure import QEMU, ROOT, qemu
from problem import Problem, fail


@dataclasses.dataclass
class Figure:
    what: str
    at_most: float
    how: str                            # what begins and ends it, what is subtracted
    others: str = "-"                   # the best of other systems, same counting


FILE = "in the big machine, of a file of 1 MiB that is in memory; average of 100 in a loop"
MAPPED = "the same; a page is mapped, touched and unmapped by turns, and each counted apart"
FORK = "sys_fork() in the parent, the child's sys_exit(), to the return of the parent's sys_wait(); average of 50"
EXIT = "from the call of sys_exit() to the return of the parent's sys_wait() and sys_memory()"
BOOT = ("from the boot sector's first instruction until the kernel is about to return to the first process, some 50 "
        "instructions before; with what the BIOS does to read the disk; the least of 3 or more")
LINES = "as `make lines` counts: .cc .hh .h .c .S, without comments"
FIGURES = {
    "null_call": Figure("sys_getpid() and back, page tables switched", 75, "average of 20,000 in a loop",
                        "Chickadee 81 (no switch), WeensyOS 151"),
    "yield_round_trip": Figure("two processes, there and back", 226,
                               "average of 5,000 in a loop: from one sys_yield() to the same process's next one",
                               "Chickadee 1,564, WeensyOS 1,817"),
    "pipe_round_trip": Figure("a byte through a pipe to another process, and one back", 2_250,
                              "average of 2,000 in a loop: sys_write() and sys_read() in each, which waits"),
    "page_alloc": Figure("sys_page_alloc() and first touch, 512 of it clearing", 830, "average of 100 in a loop",
                         "xv6 4,661, Linux 7,855"),
    "fork_exit": Figure("fork, child exits, parent runs again", 14_000,
                        "sys_fork(), the child's sys_exit(), to the parent's next turn; average of 500",
                        "Linux 152,000, xv6 474,000"),
    "lazy_fault": Figure("first write to a promised page, 512 of it clearing", 910,
                         "average of 100 in a loop: a write to each page of a new heap", "Linux 2,742"),
    "zero_fault": Figure("first read of a promised page: the page of zeros", 310,
                         "average of 100 in a loop: a read from each page of a new heap"),
    "cow_copy": Figure("write to a shared page, 512 of it copying", 950,
                       "average of 100 in a loop: a write to each page after fork, in the child",
                       "Linux 3,911"),
    "cow_reuse": Figure("write to a page whose other owners are gone", 290,
                        "average of 100 in a loop: a write to each page once that child has exited"),
    "read_1": Figure("sys_pread() of one byte that is in memory", 460, FILE),
    "read_4k": Figure("of a page, 512 of it copying", 990, FILE),
    "write_4k": Figure("sys_pwrite() of a page that is in memory, 512 of it copying", 1_090, FILE),
    "open_close": Figure("sys_open() and sys_close()", 1_380, FILE),
    "read_1m": Figure("sys_pread() of 1 MiB that is in memory, 131,072 of it copying", 204_000, "once"),
    "disk_read_4k": Figure("sys_read() of a page that the disk has to bring", 2_500,
                           "average over 1 MiB, read page by page; 4 pages come at a time; the time that the disk "
                           "takes counts"),
    "mmap": Figure("sys_mmap() of a page of a file", 1_220, MAPPED),
    "munmap": Figure("sys_munmap() of it, untouched", 1_190, MAPPED),
    "file_fault": Figure("first read of a mapped page that is in memory", 435, MAPPED),
    "file_copy": Figure("first write to a page of a private mapping, 512 of it copying", 1_000, MAPPED),
    "map_read_1m": Figure("1 MiB of a file, in memory, mapped and read in each page", 34_600,
                          "from sys_mmap() to the last read"),
    "prot1_trap_unprot": Figure("a page protected, a write stopped, the parent told, writing allowed", 19_500,
                                "from the child's sys_mprotect() to the return of the parent's, over the child's write "
                                "and the parent's sys_wait(), with the child's end and two log lines; median of 15"),
    "prot1": Figure("of that, protecting", 1_040, "one sys_mprotect() of one page, and the counter read"),
    "trap": Figure("of that, from the write until the parent has been told", 17_600,
                    "from the counter's reading before the child's write to the one after the parent's sys_wait()"),
    "unprot": Figure("of that, allowing writing", 1_080, "one sys_mprotect() of one page, and the counter read"),
    "spawn_exit_wait": Figure("a program that does nothing: started, exits, waited for", 17_200,
                              "sys_spawn(), its whole life, to the return of sys_wait(); average of 100, one log line "
                              "each for start and end"),
    "fork_exit_wait_0": Figure("fork, exit, wait; nothing else touched", 13_200,
                               "sys_fork(), the child's sys_exit(), to the return of sys_wait(); average of 500, one "
                               "log line each for fork and exit",
                               "Linux 152,000, xv6-riscv 474,000, xv6 2,020,000"),
    "fork_exit_wait_16": Figure("the same in a big machine, with 16 touched pages", 25_000, FORK),
    "fork_exit_wait_64": Figure("with 64 touched pages", 25_000, FORK),
    "fork_exit_wait_256": Figure("with 256 touched pages", 25_000, FORK),
    "fork_exit_wait_1024": Figure("with 1,024 touched pages", 25_000, FORK, "Linux 587,000, xv6 17,300,000"),
    "fork_exit_wait_16384": Figure("with 16,384 touched pages (64 MiB)", 30_000, FORK),
    "fork_exit_wait_262144": Figure("with 262,144 touched pages (1 GiB)", 80_500, FORK, "Linux about 109,000,000"),
    "exit_16": Figure("exit of a process with 16 touched pages", 8_800, EXIT),
    "exit_64": Figure("with 64", 11_100, EXIT),
    "exit_256": Figure("with 256", 20_600, EXIT),
    "exit_1024": Figure("with 1,024", 61_500, EXIT),
    "exit_16384": Figure("with 16,384", 915_000, EXIT),
    "exit_262144": Figure("with 262,144", 14_600_000, EXIT),
    "longest_handler": Figure("the longest time for which the kernel lets no tick come, whatever is asked of 3 GiB", 1_500_000,
                              "how much later than a tick a process's turn began that only looks at the counter, while "
                              "others fork, protect, shrink, count, exec and exit with as many pages as there are"),
    "kalloc_kfree": Figure("a page taken and given back, without clearing", 66,
                           "the kernel's kalloc() and kfree() called from outside, step by step; of a page that nobody "
                           "ever had and one that was given back, the dearer"),
    "screen_refresh": Figure("one drawing of the picture when little has changed", 7_400,
                             "from the timer interrupt to the return to the process, four processes having all memory; "
                             "since the last drawing only ticks have passed; median of 5 or more, up to 200 too much",
                             "WeensyOS 422,000"),
    "screen_refresh_full": Figure("the same, another process shown", 80_000,
                                  "the same, when a key asked for another process's memory; with the key's log line"),
    "boot": Figure("boot sector to the allocators' first instruction", 154_000,
                   BOOT, "WeensyOS 880,000"),
    "boot_ide": Figure("the same from an IDE disk", 415_000, BOOT, "WeensyOS 880,000"),
    "boot_4g_less_boot_256m": Figure("the same, more memory: the big machine with 4 GiB and 256 MiB", 24_500,
                                     "boot with 4 GiB less boot with 256 MiB"),
    "image_bytes": Figure("kinglet.img, a whole number of MiB", 1_048_576, "the file's size"),
    "kernel_bytes": Figure("text and data without programs and symbols", 116_000, "build/pack.py size",
                           "WeensyOS 27,000, xv6 41,000"),
    "kernel_memory": Figure("the kernel's memory at boot: text, data, stacks, process table, a weensy machine's "
                            "page array", 249_856, "from _kernel_start to _kernel_end"),
    "process_memory": Figure("the kernel's memory for each process: page tables, frame, process table entry", 25_600,
                             "the pages of tables that sys_memory() reports to p-bench, and sizeof(proc)"),
    "page_memory": Figure("the kernel's memory for each page of memory", 16, "sizeof(physical_pageinfo)"),
    "lines_boot": Figure("lines of code in boot/", 800, LINES),
    "lines_kernel": Figure("in kernel/", 8_900, LINES),
    "lines_lib": Figure("in lib/", 1_600, LINES),
    "lines_user": Figure("in user/", 3_000, LINES),
    "wall_ms_over_boot_sector": Figure("ms to process 1's log line, over a bare boot sector", 8,
                                       "from QEMU's start to p-fork's first line in the log, less the same for a boot "
                                       "sector that only writes a line, put before Kinglet's in the same run; no "
                                       "instruction counting; the mean of the least third of 15 or more; more on a "
                                       "busy host"),
}
OTHER_COMPILERS = 1.5
EXACT = ("page_memory", "image_bytes", "wall_ms_over_boot_sector")      # whatever the compiler
DOCUMENT = os.path.join(ROOT, "docs", "figures.md")

INTRODUCTION = """\
# Figures

What Kinglet costs, and at most may cost. `make bench` measures it, `make figures` writes this; `make check` holds the
bounds, which are for g++ 12 (with another compiler half as much again may pass). Instructions where nothing else is
said, counted by QEMU (`-icount shift=0`), a repeated string instruction once a repetition: the same on every machine.
What others take was counted in the same way.
"""
HOW = """
## How each is measured

The programs are `tests/programs/p-bench.cc`, `tests/programs/p-bench-trap.cc` and `tests/programs/p-bench-big.cc`; what runs them is
`tests/measure.py`. They read the time-stamp counter, which counts instructions then. Nothing is subtracted where
nothing is said: a loop's own few instructions count. Timer interrupts (every 10,000,000 instructions, some 400 each)
are in the averages.
"""
FAULTS = """
What a fault is made of, with g++ 12, but for the page's 516 instructions of clearing or copying: into the kernel and
back, with all registers and both page tables, 47; `exception`, 36; the walk down four tables, each entry checked,
69; `resolve_fault` with what the access may do, 71 (85 for a shared page); then for a lazy page the region 12, a page
from the free list 21 and its entry 50; for a copy a page from the free list 21, the shared one's count 25, the new
entry 83. A sixth of that is saving registers for calls between files, which each can be read, and replaced, alone.
"""
APPEL_LI = """
`PROT1+TRAP+UNPROT` is meant in the sense of Appel and Li (Virtual Memory Primitives for User Programs, 1991): a page is
protected, a write to it traps, the program learns of that and allows writing again. There, the process that wrote gets
the trap itself, and goes on. Here a process that does what it may not do is stopped, and its parent is told: so that is
what is measured, with the child's end. It has no figure of theirs beside it, since it is not the same.
"""
TIMES = """
## Nanoseconds

Measured under KVM on one machine, so only good to compare with each other: the median of {repetitions} runs of each
program's average, and between which values the middle half of them lies.
"""
PARTS = """
## Where booting takes its time

From QEMU's start to the first line that a process causes in the log. Instructions as above; milliseconds on one machine
(the least 5 of 15), without instruction counting, so only good to compare with each other. They are hardly the
instructions' own, but those that QEMU needs to translate each piece of code when it is first executed, some 4 us for
each of 1,000 pieces from the boot sector on: code that runs once costs most.

| part | ends with | instructions | ms |
|---|---|---:|---:|
"""
PART_ENDS = (
    ("QEMU's start", "its monitor's answer"),
    ("BIOS, and a bare boot sector's line", "the boot sector's first instruction"),
    ("boot loader: memory map, kernel read and put in its place", "the kernel's first instruction"),
    ("kernel: CPU, memory, devices", "`kernel_start`"),
    ("kernel: one program loaded, two lines logged", "the first process's first instruction"),
    ("p-fork up to its first `fork`", "the log's line"),
)


def slack_for(kernel):
    """The factor by which what this kernel takes may be above the bounds. Its debugging information says what made it:
    the compiler that the bounds are for, or another. They do not hold one that checks itself, or is not optimized."""
    with open(kernel, "rb") as file:
        data = file.read()
    made_by = re.findall(rb"GNU C\+\+[^\0]*|[^\0]*clang version[^\0]*", data)
    if b"__asan" in data or b"__ubsan" in data or any(re.search(rb" -O[01g]\b", each) for each in made_by):
        return float("inf")
    return 1 if any(re.match(rb"GNU C\+\+\d+ 12\.", each) for each in made_by) else OTHER_COMPILERS


def too_much(figures, slack=1):
    """Those of `figures` that are above their bounds, but for the factor `slack`."""
    return {key: found for key, found in figures.items()
            if found > FIGURES[key].at_most * (1 if key in EXACT else slack)}


def measure_all(obj):
    """All figures of what is built in the folder `obj`."""
    image, kernel = os.path.join(obj, "kinglet.img"), os.path.join(obj, "kernel.elf")
    test_image, test_kernel = os.path.join(obj, "kinglet-test.img"), os.path.join(obj, "kernel-test.elf")
    return {
        **measure.measure_calls(test_image, test_kernel), **measure.measure_files(test_image),
        **measure.measure_traps(test_image),
        **measure.measure_big_calls(test_image), **measure.measure_drawings(test_image),
        **measure.measure_longest(test_image, "3G"),
        "kalloc_kfree": measure.measure_kalloc(image, kernel),
        "boot": measure.measure_boot(image, kernel, "virtio", enough=FIGURES["boot"].at_most),
        "boot_ide": measure.measure_boot(image, kernel, "ide", enough=FIGURES["boot_ide"].at_most),
        "boot_4g_less_boot_256m": measure.measure_boot_memory(image, kernel),
        **measure.measure_sizes(image, kernel), **measure.count_lines(),
        "wall_ms_over_boot_sector": measure.measure_wall_time(image, FIGURES["wall_ms_over_boot_sector"].at_most),
    }


def table(figures, times):
    """Lines for people, in the order of FIGURES."""
    rows = [("key", "what", "found", "at most", "", *(("ns", "quartiles") if times else ()), "the best of the others")]
    for key, figure in FIGURES.items():
        verdict = "TOO MUCH" if too_much({key: figures[key]}) else ""
        time = ()
        if times:
            middle, first, third = times.get(key, (None,) * 3)
            time = ("", "") if middle is None else (f"{middle:,.0f}", f"{first:,.0f}-{third:,.0f}")
        rows.append((key, figure.what, f"{figures[key]:,}", f"{figure.at_most:,}", verdict, *time, figure.others))
    widths = [max(map(len, column)) for column in zip(*rows)]
    aligned = "<<>><>><" if times else "<<>><<"
    return ["  ".join(f"{cell:{align}{width}}" for cell, align, width in zip(row, aligned, widths)).rstrip()
            for row in rows]


def document(figures, times, parts):
    """docs/figures.md. `parts`: (instructions or None, milliseconds) for each of PART_ENDS."""
    lines = ["", "| key | what | found | at most | best of the others |", "|---|---|---:|---:|---|"]
    for key, figure in FIGURES.items():
        lines.append(f"| `{key}` | {figure.what} | {figures[key]:,} | {figure.at_most:,} | {figure.others} |")
    text = INTRODUCTION + "\n".join(lines) + "\n"
    if times:
        text += TIMES.format(repetitions=measure.REPETITIONS) + "\n| key | median | quartiles |\n|---|---:|---:|\n"
        text += "".join(f"| {key} | {middle:,.0f} | {first:,.0f} to {third:,.0f} |\n"
                        for key, (middle, first, third) in times.items())
    text += PARTS
    for (part, end), (instructions, milliseconds) in zip(PART_ENDS, parts):
        text += f"| {part} | {end} | {'-' if instructions is None else f'{instructions:,}'} | {milliseconds} |\n"
    text += HOW + "\n| keys | from what to what |\n|---|---|\n"
    return text + "".join(f"| {keys} | {how} |\n" for keys, how in explanations()) + FAULTS + APPEL_LI


def explanations():
    """(keys, how they are found), those found in the same way together."""
    found = {}
    for key, figure in FIGURES.items():
        found.setdefault(figure.how, []).append(key)
    return [(", ".join(keys), how) for how, keys in found.items()]


def measure_parts(obj):
    """What `document` wants of booting's parts. The kernel's first line in the log comes soon after it begins."""
    image, kernel = os.path.join(obj, "kinglet.img"), os.path.join(obj, "kernel.elf")
    counts = measure.measure_boot_parts(image, kernel)
    answered, sector, start, programs, first = measure.measure_wall_parts(image)
    return [(None, answered), (counts["BIOS"], sector), (counts["loader"], start), (counts["kernel"], "with the next"),
            (counts["programs"], programs), (None, first)]


def kvm_times(obj):
    """Nanoseconds if they are asked for, and can be had."""
    if os.environ.get("KVM", "0") in ("", "0"):
        return {}
    image = os.path.join(obj, "kinglet-test.img")
    if problem := qemu.kvm_problem(QEMU, image):
        fail(f"no nanoseconds: KVM cannot be used here: {problem}; instructions are counted all the same")
        return {}
    return measure.measure_times(image, kvm=True)


def main(words=()):
    obj = os.environ.get("OBJ") or "obj"
    try:
        times = kvm_times(obj)
        figures, parts = measure_all(obj), measure_parts(obj)
    except Problem as problem:
        return fail(problem)
    with open(os.path.join(obj, "bench.json"), "w", encoding="ascii") as file:
        file.write(json.dumps({key: figures[key] for key in FIGURES}, indent=1) + "\n")
    for path in [os.path.join(obj, "figures.md")] + [DOCUMENT] * ("figures" in words):
        with open(path, "w", encoding="ascii") as file:
            file.write(document(figures, times, parts))
    print(*table(figures, times), sep="\n")
    return 1 if too_much(figures, slack_for(os.path.join(obj, "kernel.elf"))) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
