#!/usr/bin/env python3
"""fuzz_instructions.py - random instructions from p-fuzz-instructions, seed after seed: called by make fuzz

    fuzz_instructions.py run    INSTRUCTIONS (default 1,000,000) in all, from seed SEED (default: by the
                                clock) on; on two CPUs in turn, an old one and one that has all there is

A run is the same each time. What it must not change is looked at from outside, before the machine ends.
"""
import dataclasses
import functools
import os
import re
import struct
import sys
import time

import fuzz                             # which finds build/ too
import memory
import pack
import qemu
import scratch
from problem import fail
from snapshot import Snapshot, run_to_end

MARK = b"Kinglet instruction parameters\0"
CPUS = "qemu64", "max"
A_RUN = 20_480                          # instructions in one machine: each opcode ten times
TICKS = 200_000                         # of the machine, which such a run does not need
WRITABLE = 2                            # of a segment, in an ELF file


@dataclasses.dataclass
class Run:
    """One run: what went wrong, in a sentence, or an empty one; and the log's lines."""
    failure: str
    log: list

    @property
    def counts(self):
        """{"went on": 5, "stopped": 3, "left": 0, "endless": 0}: what became of the instructions."""
        return counts_in(self.log)

    @property
    def faults(self):
        """By which names processes were stopped."""
        return {match[1] for line in self.log
                if (match := re.match(r"fault pid=\d+: Process \d+ ([a-z -]+?) (?:on|\()", line))}


def counts_in(log):
    line = next((line for line in log if line.startswith("log pid=1: instructions went on")), "")
    return {name: int(number) for name, number in re.findall(r"(went on|[a-z]+) (\d+)", line)}


def write_image(folder, target, seed, tries):
    fuzz.write_parameters(folder, "kinglet-test.img", target, MARK, struct.pack("<QQ", seed, tries))


@functools.cache
def tables_at_start(image, kernel):
    """What the CPU reads at each way into the kernel, in a machine where nobody has done anything to it."""
    with qemu.Machine(image, words="hello view=off stop=100", qemu=fuzz.QEMU) as machine:
        return entry_tables(run_to_end(machine, memory.kernel_of(kernel))[1])


def entry_tables(snapshot):
    """Segments, gates, task state: see kernel/page/entry_area.hh."""
    return snapshot.read(snapshot.kernel["entry_tables"], memory.PAGESIZE)


def constants_in(image):
    """(address, bytes) of what nobody may write, code and programs among it, in the kernel that an image has."""
    with scratch.Folder("fuzz") as temporary:
        path = os.path.join(temporary, "kernel")
        with open(image, "rb") as source, open(path, "wb") as target:
            target.write(source.read()[memory.KERNEL_OFFSET:])
        kernel = pack.Elf(path)
    return [(va, kernel.data[offset:offset + size]) for _, flags, offset, va, _, size, *_ in kernel.segments
            if size and not flags & WRITABLE]


def changed(snapshot, constants):
    """Sentences about what is not as it must be in memory."""
    return list(snapshot.problems()) + [f"the kernel's constants from {va:#x} on have changed"
                                        for va, data in constants if snapshot.read(va, len(data)) != data]


def find_failure(outcome, snapshot, log, tries, constants=()):
    """What went wrong in a run, or an empty sentence."""
    for line in log:
        if line.startswith(("kernel panic:", "audit:")) or re.match(r"log pid=\d+: not ok", line):
            return line
    if outcome.kind != "exit" or outcome.status != qemu.EXIT_FAULT or "log pid=1: ok" not in log:
        return outcome.sentence or f"the run ended with {outcome.kind} {outcome.status}"
    counts = counts_in(log)
    if sum(counts.values()) != tries:
        return f"{tries} instructions were to be tried, and {counts} tells of another number"
    return "; ".join(changed(snapshot, constants))


def end_of_run(machine, image, kernel, tries, limit):
    """The Run in any emulator that has started from `image`, and the memory at its end."""
    snapshots = [None]
    outcome = machine.run(limit, at_end=lambda end: snapshots.append(Snapshot(end, kernel)))
    log = machine.log().splitlines()
    return Run(find_failure(outcome, snapshots[-1], log, tries, constants_in(image)), log), snapshots[-1]


def run(folder, seed, tries, cpu=CPUS[0]):
    """One run of `tries` instructions, a multiple of 128."""
    kernel = fuzz.built(folder, "kernel-test.elf")
    with scratch.Folder("fuzz") as temporary:
        image = os.path.join(temporary, "fuzz.img")
        write_image(folder, image, seed, tries)
        words = f"fuzz-instructions view=off audit=on stop={TICKS}"
        with qemu.Machine(image, words=words, qemu=fuzz.QEMU, extra=("-cpu", cpu)) as machine:
            result, snapshot = end_of_run(machine, image, memory.kernel_of(kernel), tries, TICKS / 100 + 5)
    if not result.failure and entry_tables(snapshot) != tables_at_start(fuzz.built(folder, "kinglet-test.img"), kernel):
        result.failure = "segments, gates or task state have changed"
    return result


def main():
    """Runs until there have been enough instructions, or one fails. Returns an exit status."""
    folder = os.environ.get("OBJ") or "obj"
    wanted = fuzz.number("INSTRUCTIONS", 1_000_000)
    seed = fuzz.number("SEED", int(time.time()) % 1_000_000)
    tried = 0
    while tried < wanted:
        tries = min(A_RUN, -(-(wanted - tried) // 128) * 128)
        cpu = CPUS[seed % len(CPUS)]
        result = run(folder, seed, tries, cpu)
        if result.failure:
            print("\n".join(result.log[-12:]))
            print(f"{cpu}: {result.failure}\nagain: make fuzz-instructions SEED={seed} INSTRUCTIONS={tries}")
            return 1
        tried += tries
        told = ", ".join(f"{name} {number}" for name, number in result.counts.items())
        print(f"SEED={seed} INSTRUCTIONS={tries}: ok; {told}; {len(result.faults)} kinds of faults; {cpu}", flush=True)
        seed += 1
    return 0


if __name__ == "__main__":
    if sys.argv[1:] != ["run"]:
        sys.exit(fail("fuzz_instructions.py wants run; use make fuzz-instructions"))
    sys.exit(fuzz.main("fuzz-instructions", run=main))
