#!/usr/bin/env python3
"""pack.py - what goes into the kernel's image besides the kernel: programs, and the names of functions

    pack.py table -o OUT.S KERNEL.elf PROGRAM.elf...   assembly of section .programs (see below)
    pack.py strip -o OUT FILE.elf                      what a loader reads of an ELF file, and nothing else
    pack.py size KERNEL.elf                            how many bytes of text and data the kernel has
    pack.py compdb -o OUT.json --command CXX SOURCE... compile_commands.json

The section holds, for the kernel and for each program, a symbol table (`kernel_symbols` is the kernel's):

    uint32_t count, reserved;
    struct { uint32_t address, name; } symbols[count];    sorted by address; `name` counts from the table's start
    char names[];                                          demangled, without parameters; NUL after each

and `programs[nprograms]` of { const char* name; const uint8_t* begin; uint64_t size; const symbol_table* symbols; }.
"""
import json
import os
import re
import struct
import subprocess
import sys

from problem import Parser, Problem, fail

LONGEST_NAME = 1 << 16
SYMBOL_SIZE = 24
SHT_SYMTAB = 2
SHF_ALLOC = 2
PT_LOAD = 1
STT_NOTYPE, STT_FUNC = 0, 2
SHF_EXECINSTR = 4


class Elf:
    """A 64-bit little-endian ELF file, as far as it is needed here."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        self.path = path
        if self.data[:6] != b"\x7fELF\x02\x01":
            raise Problem(f"{path}: not a 64-bit ELF file")
        try:
            self._read_headers()
        except (struct.error, OverflowError):
            raise self.broken() from None

    def broken(self):
        """A Problem to be raised: something in the file refers to what is not there."""
        return Problem(f"{self.path}: a broken ELF file; build it again")

    def _read_headers(self):
        self.phoff, self.shoff = struct.unpack_from("<QQ", self.data, 32)
        self.phentsize, self.phnum, self.shentsize, self.shnum, self.shstrndx = struct.unpack_from("<5H", self.data, 54)
        # Each: name, type, flags, address, offset, size, link, info, alignment, entry size
        self.sections = [struct.unpack_from("<IIQQQQIIQQ", self.data, self.shoff + index * self.shentsize)
                         for index in range(self.shnum)]
        # Each: type, flags, offset, va, pa, file size, memory size, alignment
        self.segments = [struct.unpack_from("<IIQQQQQQ", self.data, self.phoff + index * self.phentsize)
                         for index in range(self.phnum)]

    def string(self, table, offset):
        if not table < len(self.sections):
            raise self.broken()
        start = self.sections[table][4] + offset
        end = self.data.find(b"\0", start, start + LONGEST_NAME)
        if end < 0:
            raise self.broken()
        return self.data[start:end].decode(errors="replace")

    def symbols_of(self, section):
        """(name's offset, info, section's index, value) of each symbol of a symbol table."""
        start, size, entry = section[4], section[5], section[9]
        if entry < SYMBOL_SIZE or start + size > len(self.data):
            raise self.broken()
        for at in range(start, start + size - SYMBOL_SIZE + 1, entry):
            name, info, _, where, value, _ = struct.unpack_from("<IBBHQQ", self.data, at)
            yield name, info, where, value

    def functions(self):
        """(address, mangled name) of each symbol in code, sorted; of several at one address, a global one. What lies
        past the code has the name "?"."""
        found = {section[3] + section[5]: (True, True, "?") for section in self.sections if section[2] & SHF_EXECINSTR}
        for section in self.sections:
            if section[1] != SHT_SYMTAB:
                continue
            for name, info, where, value in self.symbols_of(section):
                if info & 15 not in (STT_NOTYPE, STT_FUNC) or not 0 < where < self.shnum:
                    continue
                text = self.string(section[6], name)
                if self.sections[where][2] & SHF_EXECINSTR and text and not text.startswith((".L", "$")):
                    rank = (info & 15 != STT_FUNC, info >> 4 == 0, text)
                    found[value] = min(found.get(value, rank), rank)
        return [(value, found[value][2]) for value in sorted(found)]

    def stripped(self):
        """The file without sections: the headers and what the segments load."""
        end = max([self.phoff + self.phnum * self.phentsize]
                  + [segment[2] + segment[5] for segment in self.segments if segment[0] == PT_LOAD])
        if end > len(self.data):
            raise self.broken()
        data = bytearray(self.data[:end])
        struct.pack_into("<Q", data, 40, 0)             # e_shoff
        struct.pack_into("<HHH", data, 58, 0, 0, 0)     # e_shentsize, e_shnum, e_shstrndx
        return bytes(data)


def wrapped_function(name):
    """The system call's function that `with_arguments` is for, if `name` is one of those. Some compilers' names of it are
    not known to all demanglers yet."""
    found = re.search(r"\bwith_arguments<[&(]*(\w+)|14with_argumentsI\w*?ZL\d+(\w+?)R4proc", name)
    return found and (found[1] or found[2])


def without_parameters(name):
    """`vmiter::try_map(unsigned long, unsigned long)` -> `vmiter::try_map`; a lambda has the name of where it stands, and
    what hands its arguments to a system call's function has that function's."""
    if wrapped := wrapped_function(name):
        return wrapped
    name = name.split(" [clone")[0].split("[abi:")[0].split("::{lambda")[0]
    depth = 0
    for index, character in enumerate(name):
        if character == "(" and depth == 0 and index > 0 and not name.startswith("(anonymous namespace)", index):
            if name.endswith("operator", 0, index):
                continue
            return name[:index]
        depth += {"<": 1, ">": -1}.get(character, 0) if "operator" not in name[:index] else 0
    return name


def symbol_table(functions, demangled):
    offset = 8 + 8 * len(functions)
    entries, names = [], b""
    for (address, mangled) in functions:
        if address >> 32:
            raise Problem(f"a function at {address:#x}: the kernel has its programs below 4 GiB")
        entries.append(struct.pack("<II", address, offset + len(names)))
        names += without_parameters(demangled[mangled]).encode() + b"\0"
    return struct.pack("<II", len(functions), 0) + b"".join(entries) + names


def demangle(demangler, names):
    """{name: as it is in the source}; a name that is no one line stays."""
    lines = sorted(name for name in names if "\n" not in name)
    result = subprocess.run([demangler], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    return {**{name: name for name in names}, **dict(zip(lines, result.stdout.split("\n")))}


def write_if_changed(path, data):
    if not os.path.exists(path) or open(path, "rb").read() != data:
        with open(f"{path}.{os.getpid()}", "wb") as file:      # the other image's table may be made at the same time
            file.write(data)
        os.replace(file.name, path)


def write_table(arguments):
    kernel, *programs = [(path, Elf(path)) for path in arguments.files]
    symbols = {path: elf.functions() for path, elf in [kernel, *programs]}
    demangled = demangle(arguments.demangler, {name for list_ in symbols.values() for _, name in list_})
    lines = ["# Made by build/pack.py", '.section .programs, "a"', ".globl programs, nprograms, kernel_symbols", ""]

    def include(label, data, file):
        write_if_changed(file, data)
        lines.extend([".balign 16", f'{label}: .incbin "{file}"', f"{label}_end:"])

    lines += [".balign 16", "programs:"]
    for index, (path, _) in enumerate(programs):
        lines.append(f".quad name{index}, image{index}, image{index}_end - image{index}, symbols{index}, 0")
    lines += [".balign 4", f"nprograms: .long {len(programs)}"]
    base = os.path.splitext(arguments.output.removesuffix(".new"))[0]
    include("kernel_symbols", symbol_table(symbols[kernel[0]], demangled), base + "-kernel.symbols")
    for index, (path, elf) in enumerate(programs):
        name = os.path.basename(path)[len("p-"):-len(".elf")]
        file = os.path.splitext(path)[0]
        lines.append(f'name{index}: .asciz "{name}"')
        include(f"image{index}", elf.stripped(), file + ".stripped")
        include(f"symbols{index}", symbol_table(symbols[path], demangled), file + ".symbols")
    lines += ["", '.section .note.GNU-stack, "", @progbits']
    with open(arguments.output, "w") as file:
        file.write("\n".join(lines) + "\n")


def write_stripped(arguments):
    data = Elf(arguments.files[0]).stripped()
    with open(arguments.output, "wb") as file:
        file.write(data)


def print_size(arguments):
    elf = Elf(arguments.files[0])
    names = [(elf.string(elf.shstrndx, section[0]), section) for section in elf.sections]
    size = sum(section[5] for name, section in names
               if section[2] & SHF_ALLOC and section[1] == 1 and name != ".programs")
    print(f"{size} bytes of kernel text and data")


def write_compdb(arguments):
    entries = []
    if arguments.append and os.path.exists(arguments.output):
        entries = json.load(open(arguments.output))
    for source in arguments.files:
        entries.append({"directory": os.getcwd(), "file": source, "command": f"{arguments.command} -c {source}"})
    with open(arguments.output, "w") as file:
        json.dump(entries, file, indent=1)
        file.write("\n")


def main():
    actions = {"table": write_table, "strip": write_stripped, "size": print_size, "compdb": write_compdb}
    parser = Parser(usage=__doc__)
    parser.add_argument("action", choices=actions)
    parser.add_argument("-o", "--output")
    parser.add_argument("--demangler", default="c++filt")
    parser.add_argument("--command")
    parser.add_argument("--append", action="store_true")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_intermixed_args()
    try:
        if not arguments.output and arguments.action != "size" or not arguments.files:
            raise Problem(f"pack.py {arguments.action}: give -o OUT, and files")
        actions[arguments.action](arguments)
        return 0
    except Problem as problem:
        return fail(problem)
    except OSError as error:
        return fail(f"{error.filename}: {error.strerror}")


if __name__ == "__main__":
    sys.exit(main())
