"""The kernel's stack: the deepest it can get, by the instructions of each function and by who calls whom, fits into it."""
import re
import subprocess

import pytest
from conftest import ROOT, built
from memory import Kernel

# Where a call goes whose target the compiler cannot tell: functions' names as they begin, by the caller's.
THROUGH_POINTERS = {
    "syscall": ["with_arguments"],                              # syscall_table
    "find_wrong": ["report_finding"],                           # audit's report
    "put_text": ["string_printer::putc", "console_printer::putc"],
    "put_repeated": ["string_printer::putc", "console_printer::putc"],
    "put_padded": ["string_printer::putc", "console_printer::putc"],
    "printer::vprintf": ["string_printer::putc", "console_printer::putc"],
    "harvest_accessed": ["pagetable_of"],
    "start_disk_of": ["virtio_start", "ata_start", "virtio_stop", "ata_stop"],      # disk_driver
    "is_disk_interrupt": ["virtio_accept", "ata_accept"],
    "begin_transfer": ["virtio_begin", "ata_begin"],
    "ended_transfer": ["virtio_ended", "ata_ended"],
    "drop_any_cached": ["take_if_unused"],                      # let_go_of
    "add_cached": ["take_if_unused"],
    "find_droppable": ["take_if_unused"],
    "end_family": ["tell_of_kill"],
    "vmiter::add_tables": [],           # the allocator of virtual_memory_map, which the kernel does not call
}
# Functions that may come again while they run, and how often in all: what draws page tables, once for each level; a
# process's end is also that of its children that have ended, which have none.
AGAIN = {"add_tables": 4, "end_process": 2, "leave_children": 2, "reap_process": 2}
INTERRUPT_FRAME = 8 * (5 + 2 + 15 + 2) + 16                     # entry.S: kernel_interrupt, with its alignment
EMERGENCY_STACK = 4096


def plain_name(demangled):
    """A function's name without parameters, template arguments, result and namespace of its file. Not every demangler
    knows `auto` as a template's parameter, and leaves the name as the linker has it: its length, then itself."""
    if spelled := re.match(r"_ZL?(\d+)", demangled):
        return demangled[spelled.end():][:int(spelled[1])]
    name = demangled.replace("(anonymous namespace)::", "").split(" [clone")[0].replace("operator()", "operator")
    while (shorter := re.sub(r"\([^()]*\)|<[^<>]*>", "", name)) != name:
        name = shorter
    return name.removesuffix(" const").split()[-1]


# In a function's code: what takes stack (at most each once), and who is called, or jumped to for good.
PUSH = re.compile(r"\tpush ")
LOWER = re.compile(r"\tsub +\$0x([0-9a-f]+),%rsp")
UNKNOWN_LOWER = re.compile(r"\t(sub|and) +(%\w+|\$0xf+[0-9a-f]*0),%rsp")
CALL = re.compile(r"\t(?:call|jn?[a-z]{1,3}) +[0-9a-f]+ <([^+>]+)(\+0x[0-9a-f]+)?>")
INDIRECT_CALL = re.compile(r"\tcall +\*|\tjmp +\*(%|0x[0-9a-f]+\(%r\w\w\)$|\(%r\w\w\)$)")


def compiled_functions(kernel):
    """The symbols of functions in C++."""
    told = subprocess.run(["readelf", "-sW", kernel], capture_output=True, text=True, check=True).stdout
    assembly = "".join(path.read_text() for path in ROOT.glob("kernel/**/*.S"))
    return set(re.findall(r" FUNC .* (\S+)$", told, re.MULTILINE)) - set(re.findall(r"^(\w+):", assembly, re.MULTILINE))


class CallGraph:
    """Functions of the kernel by their symbols: `frame`, in bytes, `name`, `calls`; as their instructions tell."""

    def __init__(self, kernel):
        self.frame, self.calls, self.known = {}, {}, {}
        code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", kernel], capture_output=True, text=True,
                              check=True).stdout
        compiled = compiled_functions(kernel)
        for symbol, text in re.findall(r"^[0-9a-f]+ <([^>]+)>:\n((?:.+\n)*)", code, re.MULTILINE):
            if symbol in compiled:
                self.read(symbol, text)
        names = subprocess.run(["c++filt"], input="\n".join(self.frame), capture_output=True, text=True,
                               check=True).stdout
        self.name = {symbol: plain_name(name) for symbol, name in zip(self.frame, names.splitlines())}

    def read(self, symbol, text):
        """Its frame has the address to return to; a part for what is seldom (`.cold`) runs in the frame of the rest."""
        assert not UNKNOWN_LOWER.search(text), text                 # a frame without a bound
        own = 8 + 8 * len(PUSH.findall(text)) + sum(int(size, 16) for size in LOWER.findall(text))
        self.frame[symbol] = 0 if symbol.endswith(".cold") else own
        self.calls[symbol] = {target for target, inside in CALL.findall(text) if target != symbol or not inside}
        if INDIRECT_CALL.search(text):
            self.calls[symbol].add("__indirect_call")

    def named(self, name):
        return [symbol for symbol, found in self.name.items() if found == name]

    def targets(self, symbol):
        for target in self.calls.get(symbol, ()):
            if target != "__indirect_call":
                yield target
                continue
            name = self.name[symbol]
            assert name in THROUGH_POINTERS, f"{name} calls through a pointer: where does that go?"
            for begin in THROUGH_POINTERS[name]:
                found = [each for each, other in self.name.items() if other.startswith(begin)]
                assert found, f"no function is called {begin}..."
                yield from found

    def deepest(self, symbol, above=()):
        """(bytes, names on the way) of the deepest call of `symbol`, which the functions `above` have led to."""
        if symbol not in self.frame:                            # assembly, which leaves for good
            return 0, ()
        key = symbol, tuple(sorted(each for each in above if self.name[each] in AGAIN))
        if key not in self.known:
            name, times = self.name[symbol], above.count(symbol)
            assert times < AGAIN.get(name, 1), f"{name} comes again: {[self.name[each] for each in above]}"
            below = [self.deepest(each, (*above, symbol)) for each in self.targets(symbol)
                     if above.count(each) + (each == symbol) < AGAIN.get(self.name.get(each), 99)]
            size, names = max(below, default=(0, ()))
            self.known[key] = size + self.frame[symbol], (name, *names)
        return self.known[key]


@pytest.fixture(scope="module")
def graph():
    return CallGraph(built("kernel-unnamed.elf"))


def test_the_deepest_call_and_a_fault_in_it_fit_into_the_kernels_stack(graph):
    kernel = Kernel(built("kernel.elf"))
    size = kernel["kernel_stack_top"] - kernel["kernel_stack_bottom"]
    entries = ["kernel_init", "kernel_start", "syscall", "exception"]
    deepest, way = max(graph.deepest(*graph.named(entry)) for entry in entries)
    within, way_within = graph.deepest(*graph.named("kernel_exception"))
    print(f"deepest {deepest} bytes: {' '.join(way)}; a fault or an interrupt there {INTERRUPT_FRAME} + {within} more: "
          f"{' '.join(way_within)}; the stack has {size}")
    assert deepest + INTERRUPT_FRAME + within <= size


def test_a_panic_fits_into_an_emergency_stack(graph):
    deepest, way = max(graph.deepest(each) for each in graph.named("panic_with"))
    own = graph.frame[graph.named("kernel_exception")[0]]
    print(f"{INTERRUPT_FRAME} + {own} + {deepest} bytes: {' '.join(way)}")
    assert INTERRUPT_FRAME + own + deepest <= EMERGENCY_STACK
