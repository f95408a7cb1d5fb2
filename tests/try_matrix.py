#!/usr/bin/env python3
"""try_matrix.py - Kinglet on every machine, with every compiler: what docs/matrix.md has the results of

    try_matrix.py [PART...]         called by make check-matrix; PART as in `make check-matrix PARTS="cpus memory"`:
                                    cpus machines memory compilers kvm bochs; all if none is given

Each cell of the matrix runs test programs (`PROGRAMS`) to the ends that tests/test_programs.py expects, looks at memory
from outside, and at the picture. A cell fails with one sentence. Not part of `make check`: it takes half an hour.
Exit status: 0 if no cell failed. What is not installed is told in the table, and is no failure.
"""
import concurrent.futures
import dataclasses
import os
import re
import shutil
import subprocess
import sys

from conftest import OBJ, QEMU, ROOT, clean_environment
import bochs
import qemu
import qemu_options
import scratch
from problem import Problem, fail
from memory import kernel_of
from snapshot import run_to_end
from test_programs import BIG, EXPECTED, LEFT, SAYS_NOTHING, lines

DOCUMENT = ROOT / "docs" / "matrix.md"

# These make every system call, raise every fault, fork in every way, and use the big machine.
PROGRAMS = ("test-big test-buffers test-cow test-cowchain test-descriptors test-exceptions test-exec test-flags "
            "test-fork test-forkmany test-interrupts test-kernelmemory test-kill test-lazy test-library "
            "test-mapping test-mprotect test-orphans test-panic test-random test-registers test-rip test-rooms "
            "test-sbrk test-screen test-sleep test-spawn test-stackgrowth test-syscall test-tables test-wait "
            "test-zeropage").split()
# Those that depend on what the CPU does
CPU_PROGRAMS = ("test-cow test-descriptors test-exceptions test-flags test-floatingpoint test-kernelmemory "
                "test-tables test-vm86").split()
FEW = ["test-cow", "test-exceptions", "test-tables"]

NO_LONG_MODE = "Kinglet: this CPU has no long mode (it is not 64-bit)"
NO_EXECUTE_DISABLE = "Kinglet: this CPU has no execute-disable bit (or the BIOS turned it off)"
SEVERAL_CPUS = ("qemu64,-rdtscp", "max,-smep", "max,-smap", "max,-umip", "max,-smep,-smap,-umip,-la57")
COMPILERS = ("gcc-11", "gcc-12", "clang-13", "clang-14", "clang-19")
LEVELS = ("", "-O0", "-O1", "-O2", "-Os")
SIZES = ("16M", "17M", "64M", "256M", "1G", "3G", "3584M", "4G", "8G")
STEP = 8 << 10                      # QEMU rounds -m up to so many bytes

AHCI = ["-device", "ich9-ahci,id=ahci", "-device", "ide-hd,drive=disk,bootindex=0,bus=ahci.0"]
IDE = ["-device", "piix3-ide,id=ide", "-device", "ide-hd,drive=disk,bootindex=0,bus=ide.0"]
# Name: the disk's kind, further options
MACHINES = {
    "pc, virtio": ("virtio", ()), "pc, ide": ("ide", ()), "pc, ahci": ("ahci-card", ()), "pc, usb": ("usb", ()),
    "q35, virtio": ("virtio", ("-machine", "q35")), "q35, ide": ("ide-card", ("-machine", "q35")),
    "q35, ahci": ("ahci", ()), "q35, usb": ("usb", ("-machine", "q35")),
    "pc, with ACPI, HPET and SMM": ("virtio", ("-machine", "acpi=on,hpet=on,smm=on")),
    "q35, with ACPI, HPET and SMM": ("ahci", ("-machine", "acpi=on,hpet=on,smm=on")),
    "pc, without keyboard and interval timer": ("virtio", ("-machine", "i8042=off,pit=off")),
    "pc, four CPUs": ("virtio", ("-smp", "4")),
    "pc of QEMU 2.5": ("ide", ("-machine", "pc-i440fx-2.5", "-cpu", "qemu64")),
    "q35 of QEMU 2.5": ("ahci", ("-machine", "pc-q35-2.5", "-cpu", "qemu64")),
}
LACKING = "warning no keyboard: ", "warning no interval timer: "       # of a machine, which is told


class Wrong(Exception):
    """A cell's failure, in a sentence."""


@dataclasses.dataclass
class Build:
    """What `make` has made in a folder."""
    folder: str

    def image(self, name):
        return os.path.join(self.folder, "kinglet-test.img" if name.startswith("test-") else "kinglet.img")

    def kernel(self, name):
        return kernel_of(os.path.join(self.folder, "kernel-test.elf" if name.startswith("test-") else "kernel.elf"))


### What every cell does

def run(build, words, **settings):
    """(outcome, memory just before the end, lines of the log)"""
    program = words.split()[0]
    with qemu.Machine(build.image(program), words=words, qemu=QEMU, **settings) as machine:
        outcome, memory = run_to_end(machine, build.kernel(program), 100)
        return outcome, memory, machine.log().splitlines()


def check_program(build, name, **settings):
    status, faults, panics, forks = EXPECTED[name]
    words = f"{name} view=off stop=6000"
    if name in BIG:
        words += " machine=big"
        settings = {"memory": "256M", **settings}
    outcome, memory, log = run(build, words, **settings)
    complaints = [line for line in log if line.split()[0] in ("warning", "audit:", "kernel") or ": not ok" in line]
    complaints = [line for line in complaints if not line.startswith(LACKING)]
    if outcome.status != status or complaints:
        raise Wrong(f"{name}: {(complaints or [outcome.sentence or outcome.kind])[0]}")
    found = [len(lines(log, "fault")), len(lines(log, "panic")), sum(line.startswith("fork ") for line in log)]
    is_ok = (1, "ok") in lines(log, "log") or name in SAYS_NOTHING
    if found != [faults, panics, found[2] if forks is None else forks] or not is_ok:
        raise Wrong(f"{name}: {found[0]} faults, {found[1]} panics, {found[2]} forks")
    if memory.problems() or len(memory.processes()) != LEFT.get(name, 0):
        raise Wrong(f"{name}: {(memory.problems() or ['processes are left'])[0]}")


def check_picture(build, **settings):
    """Four allocators are to be seen, and whose memory is shown."""
    outcome, memory, _ = run(build, "allocators stop=150 pace=0", **settings)
    if outcome.status != qemu.EXIT_CLEAN or memory.problems():
        raise Wrong(f"allocators: {outcome.sentence or memory.problems()[0]}")
    rows = [outcome.screen.row(row) for row in range(25)]
    above = "".join(row[12:76] for row in rows[1:9])
    if not rows[0].startswith("PHYSICAL MEMORY") or not any(row.startswith("VIRTUAL MEMORY OF") for row in rows):
        raise Wrong("the picture did not come up")
    if not memory.is_big and min(above.count(digit) for digit in "1234") < 20:
        raise Wrong("the picture does not show four processes")


def check_all(build, programs, **settings):
    for name in programs:
        check_program(build, name, **settings)
    check_picture(build, **settings)


def message_of(build, **settings):
    """The line with which the loader stops, on the screen and nowhere else than there."""
    with qemu.Machine(build.image(""), qemu=QEMU, **settings) as machine:
        outcome = machine.run(20)
        text = "".join(outcome.screen.row(row).ljust(80) for row in range(25)) if outcome.screen else ""
        if machine.log():
            raise Wrong(f"the kernel started: {outcome.sentence}")
    found = re.findall(r"Kinglet: (?:(?!  ).)*", text)
    if outcome.kind != "wedged" or len(found) != 1:
        raise Wrong(f"no message: {outcome.sentence or outcome.kind}")
    return found[0]


### The parts: each yields (name, function that returns what to say, or raises Wrong)

def cpu_families(build):
    """Name: whether it has long mode, of all that QEMU lists but versions and aliases."""
    text = subprocess.run([QEMU, "-cpu", "help"], capture_output=True, text=True, check=True).stdout
    names = [name for name, rest in re.findall(r"^x86 (\S+)(.*)", text, re.MULTILINE)
             if "alias of" not in rest and not re.search(r"-v\d+$", name)]
    with qemu.Machine(build.image(""), qemu=QEMU, paused=True) as machine:
        def has_long_mode(name):
            model = machine.command("query-cpu-model-expansion", type="full", model={"name": name})
            return model["model"]["props"]["lm"]
        return {name: has_long_mode(name) for name in names if name != "host"}      # that one is KVM's


def cpus(build):
    def refused(name, expected):
        line = message_of(build, extra=("-cpu", name))
        if line != expected:
            raise Wrong(line)
        return f"`{line}`"

    def runs(name):
        check_all(build, CPU_PROGRAMS, extra=("-cpu", name))
    for name, has_long_mode in cpu_families(build).items():
        if has_long_mode:
            yield name, lambda name=name: runs(name)
        else:
            yield name, lambda name=name: refused(name, NO_LONG_MODE)
    yield "qemu64,-nx", lambda: refused("qemu64,-nx", NO_EXECUTE_DISABLE)
    for name in SEVERAL_CPUS:
        yield name, lambda name=name: runs(name)


def machines(build):
    qemu_options.DISKS.update({"ahci-card": AHCI, "ide-card": IDE})
    for name, (disk, options) in MACHINES.items():
        yield name, lambda disk=disk, options=options: check_all(build, FEW, disk=disk, extra=options)


def least(works, low, high):
    """The least number of bytes, a multiple of STEP, for which `works`; it does for `high` and not for `low`."""
    while high - low > STEP:
        middle = (low + high) // 2 // STEP * STEP
        low, high = (low, middle) if works(middle) else (middle, high)
    return high


def kib(size):
    return f"{size >> 10}K"


def weensy_limit(build):
    """The least memory for the weensy machine, and what is said below it."""
    def works(size):
        return run(build, "fork view=off stop=5", memory=kib(size))[0].status == qemu.EXIT_CLEAN
    size = least(works, 1 << 20, 16 << 20)
    check_all(build, ["cow", "lazy", "stack"], memory=kib(size))
    said = message_of(build, memory=kib(size - STEP))
    if not re.fullmatch("Kinglet: too little memory: the kernel ends at 0x[0-9a-f]+, memory at 0x[0-9a-f]+", said):
        raise Wrong(said)
    return f"{kib(size)}; with 8K less: `{said}`"


def far_too_little(build, size):
    """From IDE: for virtio QEMU's BIOS itself needs memory above 1 MiB."""
    said = message_of(build, memory=size, disk="ide")
    if "too little memory" not in said:
        raise Wrong(said)
    return f"`{said}`"


def big_limit(build):
    """The least memory for the big machine; with less it is weensy, and says so."""
    warning = "warning too little memory for a big machine"

    def works(size):
        outcome, memory, log = run(build, "fork view=off stop=5 machine=big", memory=kib(size))
        if outcome.status != qemu.EXIT_CLEAN or memory.problems() or memory.is_big == (warning in log):
            raise Wrong(f"with {kib(size)}: {outcome.sentence or log}")
        return memory.is_big
    size = least(works, 4 << 20, 64 << 20)
    check_picture(build, memory=kib(size))
    return f"{kib(size)}; with 8K less: `{warning}`"


def memory_sizes(build, size):
    """Both machines; the big one has all of it."""
    check_all(build, ["test-cow", "test-exceptions", "test-tables"], memory=size)
    outcome, memory, log = run(build, "fork view=off stop=5 machine=big", memory=size)
    if outcome.status != qemu.EXIT_CLEAN or not memory.is_big or memory.problems():
        raise Wrong(f"big: {outcome.sentence or memory.problems() or log}")
    total = memory.variable("total_pages") * 4096
    if not 0.9 * qemu_options.memory_size(size) < total + (3 << 20) <= qemu_options.memory_size(size) + (3 << 20):
        raise Wrong(f"big: {total >> 20} MiB for processes")
    return f"ok; big: {total >> 20} MiB for processes"


def memory(build):
    yield "the least", lambda: weensy_limit(build)
    for size in ("1M", "2M"):
        yield size, lambda size=size: far_too_little(build, size)
    yield "the least, big", lambda: big_limit(build)
    for size in SIZES:
        yield size, lambda size=size: memory_sizes(build, size)


def compile_with(compiler, level, folder):
    """Builds both images; Wrong with the first line that is neither a step nor empty."""
    names = [f"{folder}/kinglet.img", f"{folder}/kinglet-test.img"]
    command = ["make", "-C", str(ROOT), "--no-print-directory", "-j1", f"OBJ={folder}", f"CC={compiler}", *names]
    end = subprocess.run(command + ([f"OPT={level}"] if level else []), capture_output=True, text=True,
                         stdin=subprocess.DEVNULL, env=clean_environment(), check=False)
    said = [line for line in (end.stderr + end.stdout).splitlines() if not re.match(r"  [A-Z]+ +\S+$", line)]
    if end.returncode or said:
        raise Wrong(f"build: {(said or ['failed'])[0]}")


def kernel_bytes(build):
    """Text and data without programs and symbols."""
    text = subprocess.run(["size", "-A", f"{build.folder}/kernel.elf"], capture_output=True, text=True,
                          check=True).stdout
    return sum(int(size) for size in re.findall(r"^\.(?:text|rodata|data) +(\d+)", text, re.MULTILINE))


def compilers(_):
    def try_one(compiler, level):
        program = compiler.replace("gcc", "g++").replace("clang", "clang++")
        if not shutil.which(program):
            return "not installed"
        with scratch.Folder("matrix") as folder:
            compile_with(compiler, level, folder)
            build = Build(folder)
            check_all(build, PROGRAMS)
            return f"ok; kernel {kernel_bytes(build):,} bytes"
    for compiler in COMPILERS:
        for level in LEVELS:
            yield f"{compiler} {level}".strip(), lambda compiler=compiler, level=level: try_one(compiler, level)


def kvm(build):
    def try_it():
        problem = qemu.kvm_problem(QEMU, build.image(""))
        if problem:
            return f"not here: {problem}"
        with qemu.Machine(build.image("test-"), words="test-exceptions view=off stop=3000", qemu=QEMU,
                          kvm=True) as machine:
            outcome = machine.run(30)
            if outcome.status != EXPECTED["test-exceptions"][0] or "log pid=1: ok" not in machine.log():
                raise Wrong(f"test-exceptions: {outcome.sentence or outcome.kind}")
        return "ok"
    yield "KVM", try_it


def in_bochs(build):
    def try_it():
        problem = bochs.bochs_problem()
        if problem:
            return f"not here: {problem}"
        command = [sys.executable, "-m", "pytest", "-q", "tests/try_bochs.py", "--no-header", "--tb=line"]
        end = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False,
                             env=clean_environment(OBJ=build.folder))
        last = (end.stdout.strip().splitlines() or ["no tests"])[-1].strip("= ")
        if end.returncode:
            failed = re.findall(r"^FAILED (.*)", end.stdout, re.MULTILINE)
            raise Wrong(f"{last}: {' '.join(failed)[:300]}")
        return f"ok: {re.sub(r' in .*', '', last)}"
    yield "Bochs", try_it


### The table

def versions():
    """What it was tried with, one a line."""
    def first_line(*command):
        try:
            answer = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        except OSError:
            return None
        return next(line for line in (answer.stdout + answer.stderr).splitlines() if re.search(r"\d\.\d", line)).strip()
    commands = [(QEMU, "--version"), ("ld", "--version")]
    commands += [(name.replace("gcc", "g++").replace("clang", "clang++"), "--version") for name in COMPILERS]
    commands += [(bochs.PROGRAM, "--help")]
    return [re.sub(r" *Copyright.*", "", line) for line in (first_line(*command) for command in commands) if line]


def try_cell(cell):
    """(name, whether it is well, a sentence)"""
    name, check = cell
    try:
        result = name, True, check() or "ok"
    except (Wrong, Problem, AssertionError, LookupError, OSError, subprocess.SubprocessError) as problem:
        result = name, False, " ".join(str(problem).split()) or type(problem).__name__
    print(f"{'  ' if result[1] else '! '}{result[0]}: {result[2]}", flush=True)
    return result


def table(cells):
    """Markdown; cells that came to the same end share a row."""
    rows = {}
    for name, is_well, sentence in cells:
        rows.setdefault(sentence if is_well else f"**failed**: {sentence}", []).append(name)
    lines_of = [f"| {'; '.join(names)} | {sentence.replace('|', '/')} |\n" for sentence, names in rows.items()]
    return "| what | result |\n|---|---|\n" + "".join(lines_of)


TITLES = {"cpus": "CPU models (TCG)", "machines": "Machines and disks", "memory": "Memory", "compilers":
          "Compilers", "kvm": "KVM", "bochs": "Bochs"}
CELLS = {"cpus": cpus, "machines": machines, "memory": memory, "compilers": compilers, "kvm": kvm, "bochs": in_bochs}
INTRODUCTION = """# Tried on

`make check-matrix` writes this: in each cell Kinglet is started, runs test programs to their expected ends, its memory
is looked at from outside, and its picture comes up. `make check-matrix PARTS="cpus memory"` tries these parts anew and
keeps the others; the parts are cpus, machines, memory, compilers, kvm and bochs. What is not installed is not tried.
On Debian, `apt-get install g++-11 clang-13 clang-19 bochs bochsbios bochs-term vgabios` has what build/setup has not.

- The compilers' levels are those of `make OPT=-O1`; without `OPT` each file has the level that suits it.
- QEMU takes memory in steps of 8 KiB, so "one page less" is two. `tests/test_matrix.py` has the limit to the byte.
- `host` is missing from the CPU models, since it needs KVM, and versions of a model count as that model.
- In Bochs (`make check-bochs`) the programs of tests/test_programs.py run, some on eighteen models of CPUs. It differs
  from QEMU in that it checks alignment where a process asks for that, as CPUs do; that its time-stamp counter does not
  count nanoseconds, which p-test-sleep takes for granted; and that Bochs 2.7 traps after a `syscall` that has cleared
  the trap flag, as CPUs do not: there a process can make the kernel panic (p-test-flags).
- Old machine types (before 2.5) of QEMU lack the DMA by which the kernel reads its boot words: it starts without them.

Tried with:

"""


def write_document(results):
    """Writes docs/matrix.md; parts that were not tried now stay as they are there."""
    old = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else ""
    kept = dict(re.findall(r"^## (.*)\n\n((?:\|.*\n)+)", old, re.MULTILINE))
    new = {TITLES[part]: table(cells) for part, cells in results.items()}
    text = INTRODUCTION + "".join(f"- {line}\n" for line in versions())
    for title in TITLES.values():
        if title in new or title in kept:
            text += f"\n## {title}\n\n{new.get(title) or kept[title]}"
    DOCUMENT.write_text(text, encoding="utf-8")
    print(f"Kinglet: wrote {DOCUMENT.relative_to(ROOT)}")


def main(parts):
    unknown = [part for part in parts if part not in TITLES]
    if unknown:
        return fail(f"PARTS: there is no part {unknown[0]}; there are: {' '.join(TITLES)}")
    build = Build(str(OBJ))
    results = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for part in parts or TITLES:
            results[part] = list(pool.map(try_cell, CELLS[part](build)))
    for part, cells in results.items():
        print(f"\n{TITLES[part]}\n\n{table(cells)}", end="")
    write_document(results)
    failed = sum(not is_well for cells in results.values() for _, is_well, _ in cells)
    return fail(f"{failed} cells of the matrix failed") if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
