"""view.py - memory and page tables as they were at a stop

Page tables are walked by the processor's rules (tests/memory.py does it), whatever they say: tables that lie outside
memory are empty, and those that refer to each other without end are an error with a name.
"""
import functools
import struct

import memory

DEVICES = range(0xA0000, 0x100000)      # no memory: the screen, ROMs; what they hold is nobody's concern here


class TooManyTables(Exception):
    """A page table that refers to itself, or to more tables than a machine could have."""


@functools.lru_cache(maxsize=4096)
def entries_of(page):
    """[(index, entry)] of a table's entries that are not 0. Most pages are the same at many stops."""
    return [(index, entry) for index, entry in enumerate(struct.unpack("<512Q", page)) if entry]


class View(memory.Snapshot):
    """tests/memory.py's view of memory as it was at a stop. `ram` serves what lies above the pages that were kept: in
    the weensy machine, program images. Whatever the page tables say, it answers."""
    TABLE_LIMIT = 8192

    def __init__(self, pages, ram, built=None):     # pylint: disable=super-init-not-called
        self.contents, self.ram, self.built = pages, ram, built
        self.is_big, self.tables_left = False, self.TABLE_LIMIT

    @property
    def kernel(self):
        return self.built.kernel

    @property
    def user_end(self):
        return self.variable("user_end")

    @property
    def bytes(self):
        return b"".join(self.contents)

    @property
    def npages(self):
        return len(self.contents)

    def read(self, pa, size):
        result = b""
        while len(result) < size:
            at = pa + len(result)
            count = min(size - len(result), memory.PAGESIZE - at % memory.PAGESIZE)
            result += self._within_page(at, count)
        return result

    def _within_page(self, pa, size):
        if pa in DEVICES:
            return bytes(size)
        if pa < len(self.contents) * memory.PAGESIZE:
            return self.contents[pa // memory.PAGESIZE][pa % memory.PAGESIZE:][:size]
        return self.ram[pa:pa + size].ljust(size, b"\0")

    def string(self, pa):
        return self.read(pa, 256).split(b"\0")[0].decode("latin-1")

    def entries(self, pa):
        self.tables_left -= 1
        if self.tables_left < 0:
            raise TooManyTables(f"its page table refers to more than {self.TABLE_LIMIT} tables")
        pn = pa // memory.PAGESIZE
        return entries_of(self.contents[pn]) if pn < len(self.contents) and pa % memory.PAGESIZE == 0 and \
            pa not in DEVICES else super().entries(pa)

    def walk(self, root):
        self.tables_left = self.TABLE_LIMIT
        return super().walk(root & memory.ADDRESS_BITS)

    def tables(self, root, keep=False):
        self.tables_left = self.TABLE_LIMIT
        return super().tables(root & memory.ADDRESS_BITS, keep)

    def levels(self, root, va):
        """(level, physical address of the entry, entry) of each step of the processor's walk to `va`."""
        table = root & memory.ADDRESS_BITS
        for level in range(3, -1, -1):
            at = table + 8 * (va >> 12 + 9 * level & 511)
            entry = self.number(at)
            yield level, at, entry
            if not entry & memory.PTE_P or level and entry & memory.PTE_PS:
                return
            table = entry & memory.ADDRESS_BITS

    def address(self, root, va):
        """The physical address of `va`, or None."""
        *_, (level, _, entry) = self.levels(root, va)
        size = 1 << 12 + 9 * level
        return (entry & memory.ADDRESS_BITS & -size) + va % size if entry & memory.PTE_P else None


def changed_page(view, elf, root):
    """The virtual address of the program's first page whose text or constants are not what we built, or None. The page
    of `check_moment` is looked at first; what is not mapped has not changed."""
    first = elf.symbols["check_moment"] // memory.PAGESIZE * memory.PAGESIZE
    for va, data in sorted(elf.constant_pages, key=lambda page: page[0] != first):
        pa = view.address(root, va)
        if pa is not None and view.read(pa, len(data)) != data:
            return va
    return None
