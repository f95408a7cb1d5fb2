"""view.py - memory and page tables as they were at a stop"""
import memory
from problems import problems_of

DEVICES = range(0xA0000, 0x100000)      # no memory: the screen, ROMs; what they hold is nobody's concern here


class View(memory.Memory):
    """Memory as it was at a stop. `ram` serves what lies above the pages that were kept: in the weensy machine, program
    images, and whatever a submission has put there."""
    TABLE_LIMIT = 8192

    def __init__(self, pages, ram, built=None):
        super().__init__()
        self.contents, self.ram, self.built = pages, ram, built

    @property
    def kernel(self):
        return self.built.kernel

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

    def is_table(self, pa):
        return pa % memory.PAGESIZE == 0

    def problems(self):
        """Sentences about what does not agree; an empty list if all does."""
        return problems_of(self)


def changed_page(view, elf, root):
    """The virtual address of the program's first page whose text or constants are not what we built, or None. The page
    of `check_moment` is looked at first; what is not mapped has not changed."""
    first = elf.symbols["check_moment"] // memory.PAGESIZE * memory.PAGESIZE
    for va, data in sorted(elf.constant_pages, key=lambda page: page[0] != first):
        pa = view.address(root, va)
        if pa is not None and view.read(pa, len(data)) != data:
            return va
    return None
