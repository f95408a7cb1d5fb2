#!/usr/bin/env python3
"""report.py - which source lines of boot loader, kernel and library ran: report.py MACHINES --elf FILE...

MACHINES is a folder with one file for each machine that ran, written by tests/coverage/plugin.cc. What each machine
ran is one of the ELF files: the bytes of its instructions tell which. Their debug information says which line an
instruction belongs to. A line counts if it has an instruction of its own in one of the files; it was reached if one of
its instructions, in any of the places where the compiler has put a copy of it, was begun by one of the machines.
With --host, a column beside it says what part of a file the unit tests in that folder run (tests/coverage/host.py);
with --info, the counts are written in the form that lcov and genhtml read. Exit status: 0 if at least --least per cent
were reached.
"""
import argparse
import array
import collections
import os
import pathlib
import subprocess
import sys

import host
try:
    from elftools.elf.elffile import ELFFile
    from elftools.elf.constants import SH_FLAGS
except ImportError:
    sys.exit("Kinglet: python3-pyelftools is missing: run build/setup check")

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FOLDERS = ("boot", "kernel", "lib")
PAGE = 4096


class Machine:
    """What one machine ran: `counts` by address, and the instructions' bytes."""

    def __init__(self, path):
        data = memoryview(pathlib.Path(path).read_bytes())
        header = array.array("Q", data[:16].tobytes())
        self.first, size = header
        self.lengths = data[16 + 8 * size:16 + 9 * size]
        self.code = data[16 + 9 * size:]
        self.counts = {}
        nothing = bytes(PAGE)
        for start in range(16, 16 + 8 * size, PAGE):
            piece = data[start:min(start + PAGE, 16 + 8 * size)]
            if piece == nothing[:len(piece)]:
                continue
            for index, count in enumerate(array.array("Q", piece.tobytes())):
                if count:
                    self.counts[self.first + (start - 16) // 8 + index] = count

    def instruction(self, address):
        place = address - self.first
        return self.code[place:place + self.lengths[place]]


class Program:
    """An ELF file: its code, and which lines that comes from. `ranges`: (start, end, file, line)."""

    def __init__(self, path):
        self.name = os.path.basename(path)
        with open(path, "rb") as file:
            elf = ELFFile(file)
            self.texts = [(section["sh_addr"], section.data()) for section in elf.iter_sections()
                          if section["sh_flags"] & SH_FLAGS.SHF_EXECINSTR and section["sh_size"]]
            self.ranges = list(self.lines_of(elf.get_dwarf_info()))
        self.machines = 0
        self.counts = collections.Counter()

    def holds(self, address):
        return any(start <= address < start + len(text) for start, text in self.texts)

    def bytes_at(self, address, length):
        for start, text in self.texts:
            if start <= address < start + len(text):
                return text[address - start:address - start + length]
        return b""

    def lines_of(self, dwarf):
        """Rows of the line table that stand for at least one byte of code, and for a line of ours. A function's first
        line stands for its first instruction, which the table may give to a later line too."""
        for unit in dwarf.iter_CUs():
            table = dwarf.line_program_for_CU(unit)
            folder = unit.get_top_DIE().attributes["DW_AT_comp_dir"].value.decode()
            names = {}
            last, is_first = None, True
            for entry in table.get_entries():
                state = entry.state
                if state is None:
                    continue
                end = max(state.address, last.address + is_first) if last else 0
                if last and last.address < end and last.line and self.holds(last.address):
                    if last.file not in names:
                        names[last.file] = own_name(table.header, folder, last.file)
                    if names[last.file]:
                        yield last.address, end, names[last.file], last.line
                is_first = last is None
                last = None if state.end_sequence else state

    def ran(self, machine):
        """How many of the machine's instructions this program holds; 0 if there are others in its place."""
        agree = differ = 0
        for address in machine.counts:
            if not self.holds(address):
                continue
            instruction = machine.instruction(address)
            if self.bytes_at(address, len(instruction)) == instruction:
                agree += 1
            else:
                differ += 1
                if differ > 20:
                    return 0
        return agree if differ * 100 <= agree else 0


def own_name(header, folder, index):
    """The path below ROOT of a line table's file, or None if it is not in one of FOLDERS."""
    is_old = header["version"] < 5
    entry = header["file_entry"][index - is_old]
    directories = header["include_directory"]
    if is_old:
        directory = directories[entry.dir_index - 1] if entry.dir_index else b""
    else:
        directory = directories[entry.dir_index]
    path = os.path.normpath(os.path.join(folder, directory.decode(), entry.name.decode()))
    name = os.path.relpath(path, ROOT)
    return name if name.split(os.sep)[0] in FOLDERS else None


def assign(machine, programs):
    """Adds what the machine ran to the programs that it ran, at most one for each place in memory. Returns whether it
    ran one of the kernels."""
    ran = collections.defaultdict(list)
    for program in programs:
        agree = program.ran(machine)
        if agree:
            ran[program.texts[0][0]].append((agree, program))
    for candidates in ran.values():
        program = max(candidates, key=lambda each: each[0])[1]
        program.machines += 1
        program.counts.update({address: count for address, count in machine.counts.items() if program.holds(address)})
    return len(ran)


def line_counts(programs):
    """{file: {line: how often it ran}}: in each program, what its most frequent instruction says; together, the sum."""
    result = collections.defaultdict(collections.Counter)
    for program in programs:
        ran = sorted(program.counts)
        most = {}
        position = 0
        for start, end, name, line in sorted(program.ranges):
            while position < len(ran) and ran[position] < start:
                position += 1
            here = position
            count = 0
            while here < len(ran) and ran[here] < end:
                count = max(count, program.counts[ran[here]])
                here += 1
            most[name, line] = max(most.get((name, line), 0), count)
        for (name, line), count in most.items():
            result[name][line] += count
    return result


def write_info(path, lines):
    with open(path, "w", encoding="utf-8") as out:
        for name, counts in sorted(lines.items()):
            print(f"SF:{ROOT / name}", file=out)
            for line, count in sorted(counts.items()):
                print(f"DA:{line},{count}", file=out)
            print("end_of_record", file=out)


def percent(part, whole):
    """With one digit, rounded down: 100.0 means all."""
    return f"{part * 1000 // whole / 10:.1f}" if whole else "-"


def reached_of(counts):
    """How many of a file's lines ran, and of how many."""
    return sum(1 for count in counts.values() if count), len(counts)


def print_report(lines, in_unit_tests):
    """The table, and the lines not reached. Returns the counts of lines: (reached, all)."""
    print(f"{'reached':>8}{'lines':>8}{'%':>8}{'unit %':>8}  file")
    total = [0, 0]
    for name, counts in sorted(lines.items()):
        reached, whole = reached_of(counts)
        total = [total[0] + reached, total[1] + whole]
        beside = percent(*reached_of(in_unit_tests.get(name, {})))
        print(f"{reached:8}{whole:8}{percent(reached, whole):>8}{beside:>8}  {name}")
    print(f"{total[0]:8}{total[1]:8}{percent(*total):>8}{'':8}  in all")
    missed = [(name, line) for name, counts in sorted(lines.items()) for line in sorted(counts) if not counts[line]]
    if missed:
        print("\nNot reached:")
    for name, line in missed:
        text = (ROOT / name).read_text(encoding="utf-8").splitlines()
        print(f"{name}:{line}: {text[line - 1].strip() if line <= len(text) else ''}")
    return total


def main():
    parser = argparse.ArgumentParser(description="Which source lines of boot loader and kernel ran.")
    parser.add_argument("machines", help="folder of what the plugin has written")
    parser.add_argument("--elf", nargs="+", required=True, help="what ran, with debug information")
    parser.add_argument("--info", help="write the counts for lcov and genhtml here")
    parser.add_argument("--host", help="folder of unit tests built to be counted")
    parser.add_argument("--least", type=float, default=98, help="per cent of lines that have to be reached")
    arguments = parser.parse_args()
    programs = [Program(path) for path in arguments.elf]
    files = sorted(pathlib.Path(arguments.machines).glob("machine-*"))
    if not files:
        return f"Kinglet: no machine has written into {arguments.machines}: use make coverage"
    strangers = sum(1 for path in files if not assign(Machine(path), programs))
    lines = line_counts(programs)
    in_unit_tests = {}
    if arguments.host:
        try:
            host.run_programs(arguments.host)
            in_unit_tests = host.line_counts(arguments.host, ROOT)
        except (OSError, subprocess.CalledProcessError) as error:
            return f"Kinglet: the unit tests could not be counted: {error}"
    reached, whole = print_report(lines, in_unit_tests)
    known = ", ".join(f"{program.name} {program.machines}" for program in programs)
    print(f"\n{len(files)} machines: {known}, none of these {strangers}")
    if arguments.info:
        write_info(arguments.info, lines)
    if reached * 100 < whole * arguments.least:
        return f"Kinglet: {percent(reached, whole)} % of the lines were reached, less than {arguments.least:g} %"
    return 0


if __name__ == "__main__":
    sys.exit(main())
