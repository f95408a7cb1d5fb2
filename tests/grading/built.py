"""built.py - what was built for one submission: a disk image, its kernel and its programs

Names, addresses and constants come from these ELF files, which the grader made, never from the running machine.
`Built.of(scenario)` is the same for one run: with the programs that judge in the image (guest.py).
"""
import bisect
import copy
import functools
import os
import re
import shutil
import subprocess
import threading

import memory
import pack
from grading.guest import COPIES, Image

PF_W = 2
PAGEINFO_SIZE = 16                      # of one page; in the big machine they lie behind the images


class Elf(pack.Elf):
    """An ELF file with its symbols."""

    def __init__(self, path):
        super().__init__(path)
        self.path = path
        self.loads = [segment for segment in self.segments if segment[0] == pack.PT_LOAD]

    @functools.cached_property
    def symbols(self):
        """{name, as in the source and without parameters: address}"""
        found = {}
        for section in self.sections:
            for name, _, where, value in self.symbols_of(section) if section[1] == pack.SHT_SYMTAB else ():
                if where:
                    found[self.string(section[6], name)] = value
        plain = pack.demangle(os.environ.get("TOOLPREFIX", "") + "c++filt", set(found) - {""})
        return {pack.without_parameters(plain[name]): value for name, value in found.items() if name}

    @functools.cached_property
    def _functions(self):
        found = self.functions()
        plain = pack.demangle(os.environ.get("TOOLPREFIX", "") + "c++filt", {name for _, name in found})
        return [address for address, _ in found], [pack.without_parameters(plain[name]) for _, name in found]

    def function(self, address):
        """The name of the function that `address` lies in, or None."""
        addresses, names = self._functions
        index = bisect.bisect_right(addresses, address) - 1
        return names[index] if index >= 0 and names[index] != "?" else None

    def line(self, address):
        """"file:line" of `address`, or None."""
        tool = os.environ.get("TOOLPREFIX", "") + "addr2line"
        if not shutil.which(tool):
            return None
        said = subprocess.run([tool, "-e", self.path, f"{address:#x}"], capture_output=True, text=True, check=False)
        place = said.stdout.split(" ")[0].strip()
        parts = re.split(r"/(?=(?:boot|kernel|lib|user)/)", place)
        return None if place.startswith("??") or place.endswith((":?", ":0")) else parts[-1]

    def string_at(self, va):
        """The text that the file has at `va`, or None."""
        for _, flags, offset, start, _, size, _, _ in self.loads:
            if start <= va < start + size and not flags & PF_W:
                end = self.data.find(b"\0", offset + va - start, offset + size)
                return None if end < 0 else self.data[offset + va - start:end].decode("latin-1")
        return None

    @functools.cached_property
    def constant_pages(self):
        """[(virtual address, its bytes)] of the pages that no process may change: text and constants."""
        pages = []
        for _, flags, offset, start, _, size, _, _ in self.loads:
            for at in range(0, 0 if flags & PF_W else size, memory.PAGESIZE):
                pages.append((start + at, self.data[offset + at:offset + min(size, at + memory.PAGESIZE)]))
        return pages


@functools.lru_cache(maxsize=8)
def read_kernel(path, _changed):
    return memory.Kernel(path)


@functools.lru_cache(maxsize=256)
def read_elf(path, _changed):
    return Elf(path)


class Built:
    """`folder` is where make put the image called `name` ("kinglet-test" or "kinglet") and what it was made of;
    `guests`: a guest.Guests with the programs that are in no image yet."""

    def __init__(self, folder, name="kinglet-test", guests=None):
        self.folder, self.name = os.path.abspath(folder), name
        self.guests, self.cast = guests, {}
        self.image = os.path.join(self.folder, f"{name}.img")
        self.kernel_path = os.path.join(self.folder, name.replace("kinglet", "kernel", 1) + ".elf")

    def of(self, scenario):
        """What was built, for a run of this scenario: `cast` are its guests, {name: Guest}, and `image` has them."""
        found = self.guests.of(scenario, self.menu) if self.guests else []
        if not found:
            return self
        run = copy.copy(self)
        run.cast = {guest.name: guest for guest in found}
        run.image = os.path.join(self.folder, f"{'+'.join(guest.shown for guest in found)}-{scenario.program}-"
                                 f"{scenario.seed}.img")
        if not os.path.exists(run.image):
            run.write_image()
        return run

    def write_image(self):
        with open(os.path.join(self.folder, f"{self.name}.img"), "rb") as file:
            image = Image(file.read(), self.kernel_elf.symbols)
        for guest in self.cast.values():
            image.replace(guest.shown, guest.stripped, guest.symbols)
        new = f"{self.image}.{threading.get_ident()}"
        with open(new, "wb") as file:
            file.write(image.bytes())
        os.replace(new, self.image)

    @functools.cached_property
    def menu(self):
        """The names of the programs in the image."""
        with open(self.image, "rb") as file:
            return frozenset(Image(file.read(), self.kernel_elf.symbols).programs)

    @functools.cached_property
    def kernel(self):
        """build/memory.py's view of the kernel: its symbols, and the layouts of its structures."""
        return read_kernel(self.kernel_path, os.stat(self.kernel_path).st_mtime_ns)

    @functools.cached_property
    def kernel_elf(self):
        return read_elf(self.kernel_path, os.stat(self.kernel_path).st_mtime_ns)

    def path(self, name):
        """Where the program's ELF file is."""
        if name in self.cast:
            return self.cast[name].path
        return os.path.join(self.folder, "user", f"p-{name}.elf")

    def program(self, name):
        """The program's ELF file, read."""
        return read_elf(self.path(name), os.stat(self.path(name)).st_mtime_ns)

    def has_program(self, name):
        return os.path.exists(self.path(name))

    def programs_of(self, word):
        """Names of the programs that the boot word `word` starts: `NAMEs` starts all four of `NAME`."""
        if self.cast:
            return list(self.cast)
        name = word.removesuffix("s")
        is_four = not self.has_program(word) and self.has_program(f"{name}2")
        return [f"{name}{each}" for each in COPIES] if is_four else [word]

    def boot_word(self, word):
        """What the kernel is told instead of `word`: the name that the guest has in the image."""
        shown = [guest.shown for guest in self.cast.values()]
        return word if not shown else shown[0] + "s" * (len(shown) > 1)

    @functools.lru_cache(maxsize=None)
    def memory_pages(self, size):
        """Numbers of the physical pages that processes can have in a machine with `size` bytes: neither the kernel's,
        nor the program images', devices' or the BIOS's."""
        symbols, page = self.kernel_elf.symbols, memory.PAGESIZE
        kernel = range(symbols["_kernel_start"] // page, symbols["_kernel_end"] // page)
        images_end = -(-symbols["_programs_end"] // page) + -(-size // page * PAGEINFO_SIZE // page)
        usable = [range(1, memory.KERNEL_LIMIT_ADDR // page),
                  range(memory.PROC_START_ADDR // page, memory.MEMSIZE_PHYSICAL // page)]
        if size > memory.MEMSIZE_PHYSICAL:
            usable.append(range(images_end, size // page))
        return [pn for each in usable for pn in each if pn not in kernel]
