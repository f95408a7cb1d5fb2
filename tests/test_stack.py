"""The kernel's stack: the deepest it can get, by what the compiler says of each function's frame and of who calls whom,
fits into it."""
import re
import subprocess

import pytest
from conftest import ROOT, built, clean_environment
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


class CallGraph:
    """Functions of the kernel by their symbols: `frame`, in bytes, `name`, `calls`."""

    def __init__(self, folder):
        self.frame, self.calls, self.known = {}, {}, {}
        for path in sorted(folder.rglob("*.ci")):
            self.read(path.read_text())
        mangled = "\n".join(symbol.rpartition(":")[2] for symbol in self.frame)
        names = subprocess.run(["c++filt"], input=mangled, capture_output=True, text=True, check=True).stdout
        self.name = {symbol: plain_name(name) for symbol, name in zip(self.frame, names.splitlines())}

    def read(self, text):
        for symbol, label in re.findall(r'^node: { title: "(.*?)" label: "(.*?)"', text, re.MULTILINE):
            if size := re.search(r"\\n(\d+) bytes \((static|dynamic,bounded)\)", label):
                self.frame[symbol] = int(size[1])
            else:
                assert "bytes" not in label, label              # a frame without a bound
        for caller, target in re.findall(r'^edge: { sourcename: "(.*?)" targetname: "(.*?)"', text, re.MULTILINE):
            self.calls.setdefault(caller, set()).add(target)

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
def graph(tmp_path_factory):
    folder = tmp_path_factory.mktemp("callgraph")
    subprocess.run(["make", "-C", ROOT, f"OBJ={folder}", "CC=gcc", "WARNINGS=-fcallgraph-info=su -g0",
                    f"{folder}/kernel-unnamed.elf"], check=True, capture_output=True,
                   env=clean_environment(CCACHE_DISABLE="1"))           # it would keep the object, and no call graph
    return CallGraph(folder)


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
