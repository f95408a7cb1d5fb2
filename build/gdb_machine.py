"""gdb_machine.py - the machine as gdb sees it: physical memory, and what the kernel's structures there mean

For gdb_commands.py, within gdb. Nothing is called in the machine, and nothing is changed there.
"""
import bisect
import os
import re
import struct

import gdb

import layouts
import memory
from memory import PAGESIZE, PTE_P, PTE_W, P_EXITED, P_FREE

STATES = ["free", "runnable", "blocked", "faulted", "exited"]
FINDING_MASK, FINDING_LEAK = 15, 1      # in pageinfo's `finding`
FRAME_LIMIT = 32
kernels = {}                            # memory.Kernel, by ELF file and its time


def kernel_file():
    """The ELF file from which gdb has the kernel's symbols."""
    for objfile in gdb.objfiles():
        if objfile.lookup_global_symbol("kernel_pagetable"):
            return objfile.filename
    raise gdb.GdbError("gdb needs the kernel's symbols, from obj/kernel.elf")


class Machine(memory.Memory):
    """The machine as it stands now; an object for each command. Pages that were read are kept."""

    def __init__(self):
        if not gdb.selected_thread():
            raise gdb.GdbError("there is no machine: start one with make run-gdb, or use target remote")
        super().__init__()
        self.kept = {}

    def require_started(self):
        """Reads the kernel's tables, or raises if the kernel has not made them yet."""
        path = kernel_file()
        key = path, os.stat(path).st_mtime_ns
        if key not in kernels:
            kernels[key] = memory.Kernel(path, layouts.structures())
        self.kernel = kernels[key]
        self.root = self.kernel["kernel_pagetable"]
        if self.variable("kernel_cr3") != self.root:
            raise gdb.GdbError("the kernel has not started yet: go on to kernel_start, "
                               "by `break kernel_start`, `continue`")
        self.slots = range(1, self.slot_count)
        self.zeros = self.zero_page // PAGESIZE if self.zero_page else None
        frame = gdb.newest_frame()
        self.user_frame = frame if int(frame.read_register("cs")) & 3 else None
        self.running = (self.variable("current") - self.kernel["ptable"]) // self.kernel.size("proc")
        return self

    def read(self, pa, size):
        """Bytes of physical memory, whatever page table the processor uses now."""
        first, last = pa // PAGESIZE, (pa + size - 1) // PAGESIZE
        missing = [pn for pn in range(first, last + 1) if pn not in self.kept]
        if missing:
            self.fetch(missing[0], missing[-1])
        data = b"".join(self.kept[pn] for pn in range(first, last + 1))
        return data[pa % PAGESIZE:][:size]

    def fetch(self, first, last):
        answer = gdb.execute("maintenance packet Qqemu.PhyMemMode:1", to_string=True)
        try:
            if '"OK"' not in answer:
                raise gdb.GdbError("this machine does not show its physical memory: it is not QEMU, or one too old")
            size = (last - first + 1) * PAGESIZE
            data = bytes(gdb.selected_inferior().read_memory(first * PAGESIZE, size))
        finally:
            gdb.execute("maintenance packet Qqemu.PhyMemMode:0", to_string=True)
        for pn in range(first, last + 1):
            self.kept[pn] = data[(pn - first) * PAGESIZE:][:PAGESIZE]

    def is_leaked(self, pn):
        return self.is_filled(pn) and self.page_fields(pn)["finding"] & FINDING_MASK == FINDING_LEAK

    # Processes

    def process(self, text):
        """The pid that `text` says, of a process that there is."""
        pid = number(text)
        if pid not in self.slots:
            raise gdb.GdbError(f"no process can have pid {pid}: they are 1 to {self.slots[-1]}")
        state = self.fields(pid)["state"]
        if state == P_FREE:
            raise gdb.GdbError(f"there is no process {pid}: its slot is free")
        if state == P_EXITED:
            raise gdb.GdbError(f"process {pid} has exited: all that is left is its status, {self.status(pid)}")
        return pid

    def fields(self, pid):
        return self.structure("proc", self.process_address(pid))

    def image(self, pid):
        return self.structure("program", self.fields(pid)["image"])

    def status(self, pid):
        offset, size = self.kernel.fields("proc")["status"]
        return self.number(self.process_address(pid) + offset, size, signed=True)

    def program(self, pid):
        return self.string(self.image(pid)["name"])

    def is_on_cpu(self, pid):
        return pid == self.running and self.user_frame is not None

    def state(self, pid):
        return "running" if self.is_on_cpu(pid) else STATES[self.fields(pid)["state"]]

    def register(self, pid, name):
        """As the processor has it if it runs the process now, else as last saved."""
        if self.is_on_cpu(pid):
            value = self.user_frame.read_register("eflags" if name == "rflags" else name)
            return int(value.cast(gdb.lookup_type("long"))) & (1 << 64) - 1
        return self.structure("regstate", self.fields(pid)["regs"])["reg_" + name]

    def function(self, pid, address):
        """The function's name, by the program's symbol table in the kernel's image."""
        table = self.image(pid)["symbols"]
        count = self.number(table, 4) if table else 0
        symbols = list(struct.iter_unpack("<II", self.read(table + 8, 8 * count))) if count else []
        index = bisect.bisect_right([start for start, _ in symbols], address) - 1
        return self.string(table + symbols[index][1]) if index >= 0 and self.find(self.table(pid), address) else "?"

    def backtrace(self, pid):
        """(address, function) of each frame, by the chain of frame pointers."""
        address, frame, result = self.register(pid, "rip"), self.register(pid, "rbp"), []
        after_call = self.read_user(pid, address - 2, 2) == b"\x0F\x05"        # the `syscall` instruction
        while len(result) < FRAME_LIMIT:
            result.append((address, self.function(pid, address - after_call), address - after_call))
            words = self.read_user(pid, frame, 16)
            following, address = struct.unpack("<QQ", words) if words else (0, 0)
            if not address:
                break
            if following <= frame and following:
                break
            frame, after_call = following, True
        return result

    def read_user(self, pid, va, size):
        """Bytes of a process's memory, or None if not all of it is there for the process."""
        data = b""
        while len(data) < size:
            at = va + len(data)
            found = self.find(self.table(pid), at)
            if not found or not found.user or found.pa >= self.npages * PAGESIZE:
                return None
            data += self.read(found.pa + at % found.size, min(size - len(data), PAGESIZE - at % PAGESIZE))
        return data

    # Page tables

    def table(self, pid):
        return self.fields(pid)["pagetable"] if pid else self.root

    def is_in_shared_table(self, root, va):
        """Whether the table with the last entry on the way to a virtual address is shared with other processes."""
        return any(level == 1 and entry & PTE_P and not entry & PTE_W for level, _, entry in self.levels(root, va))

    def whose(self, pid):
        return f"process {pid} ({self.program(pid)})" if pid else "the kernel"


def number(text):
    """An argument: a number, a register as `$rip`, or what `&` or a function's name has as its address."""
    try:
        return int(text, 0)
    except ValueError:
        pass
    if not re.fullmatch(r"[$&]?[A-Za-z_][\w:]*", text):
        raise gdb.GdbError(f"{text} is not a number")
    try:
        value = gdb.parse_and_eval(text)
        code = value.type.strip_typedefs().code
        return int(value.address if code in (gdb.TYPE_CODE_FUNC, gdb.TYPE_CODE_ARRAY) else value) & (1 << 64) - 1
    except (gdb.error, TypeError):
        raise gdb.GdbError(f"{text} is not a number") from None
