"""guest.py - the programs that judge a kernel, as they come into a machine

A submission's kernel is built with the programs of the menu and no others. For each run the grader
puts the run's own programs, its guests, into the finished image, in the place and under the name of
ordinary ones. So a kernel cannot tell by a name that it is judged, an image holds no other check's
programs, and nothing of them can be read while a submission is compiled.

The name, and where a guest's instructions and variables lie, differ by seed: the same for the same
seed, on any machine. A lab's checks.toml may give a `salt`; another salt means other names, places
and seeds. No hand-out has it.
"""
import dataclasses
import hashlib
import os
import re
import struct

import pack
from memory import KERNEL_OFFSET, LARGE_PAGESIZE, SECTOR
from problem import Problem

LENGTH_OFFSET = SECTOR + 8              # in a disk image, of the kernel's length (build/mkimage)
READ_AHEAD, IMAGE_STEP = 115 * SECTOR, 1 << 20
COPIES = ("", "2", "3", "4")            # what is added to the name of a program linked at four addresses
FOUR = "allocator"                      # whose places four guests take
ENTRY = struct.Struct("<5Q")            # of `programs`: name, image, its size, symbols, 0
TELLTALE = re.compile(r"check|moment")
NEUTRAL_NAME = "step"


@dataclasses.dataclass(frozen=True)
class Guest:
    """A program of a run: `name` is the check's name for it, `shown` the one in the machine, `path`
    its ELF file."""
    name: str
    shown: str
    path: str

    @property
    def stripped(self):
        with open(self.path.replace(".elf", ".stripped"), "rb") as file:
            return file.read()

    @property
    def symbols(self):
        with open(self.path.replace(".elf", ".symbols"), "rb") as file:
            return file.read()


def number(*words):
    """A number of 256 bits that depends on all these words and on nothing else."""
    text = "\0".join(map(str, words))
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "little")


def salted(seed, salt):
    """The seed that a run has: the scenario's own without a salt. Divided by a number up to 10 it leaves the same rest,
    by which a check's program may choose."""
    return seed + (number("seed", salt) % 10**6 * 2520 if salt else 0)


def variant(program, seed):
    """NAME@TEXT_GAP@DATA_GAP, for make: the program as it is linked for this seed."""
    base = number("gaps", program.rstrip("234") if program.startswith("check-four") else program, seed)
    return f"{program}@{16 + base % 32 * 16}@{base // 32 % 64 * 16}"


def variant_path(folder, program, seed):
    return os.path.join(folder, variant(program, seed).replace("@", "-") + ".elf")


### The image

class Image:
    """A disk image, as build/mkimage made it, whose programs can be replaced. `symbols`: addresses of
    the kernel's names."""

    def __init__(self, data, symbols):
        self.symbols, self.disk = symbols, bytearray(data[:KERNEL_OFFSET])
        length = struct.unpack_from("<I", data, LENGTH_OFFSET)[0]
        self.kernel = bytearray(data[KERNEL_OFFSET:KERNEL_OFFSET + length])
        self._find_segment()
        self.programs = {self._name(at): at for at in self._entries()}

    def _find_segment(self):
        """Where the segment with the programs is, the last of the file."""
        first, = struct.unpack_from("<Q", self.kernel, 32)
        size, count = struct.unpack_from("<HH", self.kernel, 54)
        for at in range(first, first + size * count, size):
            kind, _, offset, va, _, filesz = struct.unpack_from("<IIQQQQ", self.kernel, at)
            if kind == pack.PT_LOAD and va <= self.symbols["programs"] < va + filesz:
                self.header, self.offset, self.va = at, offset, va
        if len(self.kernel) != self.offset + struct.unpack_from("<Q", self.kernel, self.header + 32)[0]:
            raise Problem("the kernel's image does not end with its programs")

    def _place(self, address):
        """Where in the file this address is."""
        return self.offset + address - self.va

    def _entries(self):
        count, = struct.unpack_from("<I", self.kernel, self._place(self.symbols["nprograms"]))
        start = self._place(self.symbols["programs"])
        return range(start, start + count * ENTRY.size, ENTRY.size)

    def _name(self, entry):
        start = self._place(ENTRY.unpack_from(self.kernel, entry)[0])
        return self.kernel[start:self.kernel.index(b"\0", start)].decode("latin-1")

    def _append(self, data):
        """The address of `data`, behind all else."""
        self.kernel += bytes(-len(self.kernel) % 16)
        address = self.va + len(self.kernel) - self.offset
        self.kernel += data
        return address

    def replace(self, name, image, symbols):
        """Puts a program in the place of the one called `name`, of which nothing is left."""
        entry = self.programs[name]
        text, begin, size, _, _ = ENTRY.unpack_from(self.kernel, entry)
        start = self._place(begin)
        self.kernel[start:start + size] = bytes(size)
        ENTRY.pack_into(self.kernel, entry, text, self._append(image), len(image), self._append(symbols), 0)

    def bytes(self):
        size = len(self.kernel) - self.offset
        end = -(-self.symbols["_programs_end"] // LARGE_PAGESIZE) * LARGE_PAGESIZE
        if self.va + size > end:
            raise Problem("the programs of a run do not fit into the kernel's image")
        struct.pack_into("<QQ", self.kernel, self.header + 32, size, size)
        struct.pack_into("<I", self.disk, LENGTH_OFFSET, len(self.kernel))
        data = bytes(self.disk) + bytes(self.kernel) + bytes(READ_AHEAD)
        return data + bytes(-len(data) % IMAGE_STEP)


### Which programs, under which names

class Guests:
    """The guests of a lab: `folder` has the ELF files that make's target `guests` made, `names` are
    their programs."""

    def __init__(self, folder, names):
        self.folder, self.names = folder, frozenset(names)

    def programs_of(self, word):
        """The guests that the boot word `word` of a scenario starts; none if it is an ordinary one."""
        if word in self.names:
            return [word]
        name = word.removesuffix("s")
        return [f"{name}{each}" for each in COPIES] if f"{name}2" in self.names else []

    def of(self, scenario, menu):
        """The guests of a scenario, in a machine whose programs are called `menu`."""
        programs = self.programs_of(scenario.program)
        if len(programs) > 1:
            shown = [f"{FOUR}{each}" for each in COPIES]
        else:
            fours = {name + each for name in menu if name + "2" in menu for each in COPIES}
            free = sorted(set(menu) - fours)
            shown = free and [free[number("name", scenario.program, scenario.seed) % len(free)]]
        if programs and not set(shown) <= set(menu) or len(shown) < len(programs):
            raise Problem(f"the lab's menu has no place for {' '.join(programs)}")
        return [Guest(program, name, variant_path(self.folder, program, scenario.seed))
                for program, name in zip(programs, shown)]


def finish(paths, demangler):
    """Makes, beside each ELF file, what goes into an image: the file without sections, and a table of
    its functions' names, in which nothing tells that it is a check's."""
    late = [path for path in paths if not is_finished(path)]
    files = {path: pack.Elf(path) for path in late}
    functions = {path: elf.functions() for path, elf in files.items()}
    plain = pack.demangle(demangler, {name for each in functions.values() for _, name in each}) if late else {}
    neutral = {name: NEUTRAL_NAME if TELLTALE.search(text) else text for name, text in plain.items()}
    for path, elf in files.items():
        for suffix, data in ((".stripped", elf.stripped()), (".symbols", pack.symbol_table(functions[path], neutral))):
            with open(path.replace(".elf", suffix), "wb") as file:
                file.write(data)


def is_finished(path):
    made = path.replace(".elf", ".symbols")
    return os.path.exists(made) and os.stat(made).st_mtime_ns >= os.stat(path).st_mtime_ns
