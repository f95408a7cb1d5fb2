"""The picture of memory, compared with memory itself; and the keys."""
import re

import pytest
import qemu
from memory import (CONSOLE_ADDR, MEMSIZE_VIRTUAL, PAGESIZE, PO_FREE, PO_KERNEL, PO_RESERVED, PO_SHARED, Snapshot,
                    kernel_of, run_to_end)

FIRST_COLUMN, PER_ROW = 12, 64
WHITE, BLACK, BLUE = 0xF, 0, 1


@pytest.fixture
def kernel(test_kernel_elf):
    return kernel_of(test_kernel_elf)


def letter(pid):
    return str(pid) if pid < 10 else chr(ord("a") + pid - 10)


def cell(screen, first_row, index):
    row, column = first_row + index // PER_ROW, FIRST_COLUMN + index % PER_ROW
    return screen.character(row, column), screen.colors(row, column) & 15, screen.colors(row, column) >> 4


def expected_letter(memory, pn):
    page = memory.pages[pn]
    if pn == CONSOLE_ADDR // PAGESIZE:
        return "C"
    return {PO_FREE: ".", PO_KERNEL: "K", PO_SHARED: "S", PO_RESERVED: "R"}.get(page.owner) or letter(page.owner)


def is_process_page(page):
    return page.owner > 0 or page.owner == PO_SHARED


def colours_by_process(memory):
    """The colour of each process's used pages, which must be one only, as the picture has it."""
    seen = {}
    for pn, page in enumerate(memory.pages):
        if is_process_page(page) and not page.is_pagetable and memory.number(pn * PAGESIZE, 4):
            seen.setdefault(page.owner, set()).add(cell(memory.screen, 1, pn)[2])
    assert all(len(colours) == 1 for colours in seen.values()), seen
    return {owner: colours.pop() for owner, colours in seen.items()}


def shown(screen):
    """The pid whose virtual memory is shown, or None."""
    match = re.match(r"VIRTUAL MEMORY OF (\w) ", screen.row(10))
    return int(match[1], 36) if match else None


PICTURES = ["allocators stop=10", "fork stop=4", "fork stop=100", "exit stop=50", "test-share", "test-exceptions",
            "test-image"]


@pytest.mark.parametrize("words", PICTURES)
def test_each_page_of_memory_is_drawn_as_what_it_is(words, machine, kernel):
    memory = run_to_end(machine(words + " view=off"), kernel)[1]
    colours = colours_by_process(memory)
    for pn, page in enumerate(memory.pages):
        character, foreground, background = cell(memory.screen, 1, pn)
        assert character == expected_letter(memory, pn), hex(pn * PAGESIZE)
        if is_process_page(page) and page.is_pagetable:
            assert background == BLUE and foreground == colours.get(page.owner, foreground)
        elif is_process_page(page):
            is_used = memory.number(pn * PAGESIZE, 4) != 0
            assert foreground == BLACK and background == (colours[page.owner] if is_used else WHITE)
            assert not is_used or background != WHITE
        elif pn == CONSOLE_ADDR // PAGESIZE:
            assert foreground == BLACK != background
        else:
            assert background == BLACK != foreground
    numbers = [colours[pid] for pid in colours if 0 < pid < 10]
    assert len(set(numbers)) == len(numbers) and WHITE not in colours.values()


@pytest.mark.parametrize("words", PICTURES)
def test_each_virtual_page_is_drawn_as_the_physical_one_it_maps_to(words, machine, kernel):
    memory = run_to_end(machine(words + " view=off"), kernel)[1]
    pid = shown(memory.screen)
    assert pid in memory.processes()
    mappings = {mapping.va: mapping for mapping in memory.walk(memory.processes()[pid].pagetable)}
    for index in range(MEMSIZE_VIRTUAL // PAGESIZE):
        character, foreground, background = cell(memory.screen, 11, index)
        mapping = mappings.get(index * PAGESIZE)
        if not mapping:
            assert (character, background) == (" ", BLACK)
            continue
        assert character == expected_letter(memory, mapping.pa // PAGESIZE)
        if mapping.user:                        # reverse video: what the process itself may access
            assert foreground == BLACK
            assert (foreground, background) == cell(memory.screen, 1, mapping.pa // PAGESIZE)[1:]
        else:
            assert foreground != BLACK


def test_titles_addresses_and_legend_stand_where_they_should(machine, kernel):
    memory = run_to_end(machine("allocators view=off stop=30"), kernel)[1]
    screen = memory.screen
    assert screen.row(0).startswith("PHYSICAL MEMORY")
    addresses = [screen.row(row).split()[0] for row in (*range(1, 9), *range(11, 23))]
    assert addresses == [f"0x{0x40000 * index:08X}" for index in (*range(8), *range(12))]
    for kind in (". free", "K kernel", "R reserved", "C screen", "S shared", "L leaked", "table", "zero", "used"):
        assert kind in screen.row(9)
    for kind, background in (("table", {BLUE}), ("zero", {WHITE}), ("used", set(range(1, 16)) - {WHITE, BLUE})):
        assert screen.colors(9, screen.row(9).index(kind) - 2) >> 4 in background
    pid = shown(screen)
    assert re.match(rf"VIRTUAL MEMORY OF {pid} \(allocator{pid if pid > 1 else ''}\) ", screen.row(10))
    assert re.search(rf"\b{len(memory.free_list())} free +4 alive +30 ticks +not slowed$", screen.row(10))


def test_a_stopped_process_is_called_so(machine, kernel):
    memory = run_to_end(machine("test-image view=off"), kernel)[1]
    assert re.match("VIRTUAL MEMORY OF [2-4] STOPPED ", memory.screen.row(10))
    assert re.search(" 0 alive ", memory.screen.row(10))
    assert "Process 4 page fault on 0x" in memory.screen.row(23) + memory.screen.row(24)


def test_the_last_rows_are_left_to_programs(machine, kernel):
    memory = run_to_end(machine("hello stop=200"), kernel)[1]
    assert memory.screen.row(23) == "Hello from process 1." and memory.screen.row(24) == ""


def drawings(machine, kernel, words, count):
    """(tick, pid shown) at each of the next `count` drawings; each pid is that of the drawing before."""
    started = machine(words, gdb="private", paused=True)
    stub = started.gdb()
    result = []
    for _ in range(count):
        stub.set_breakpoint(kernel["draw_memory"])
        assert stub.cont().startswith("T05")
        result.append((int.from_bytes(stub.read(kernel["ticks"], 8), "little"), shown(started.screen())))
        stub.clear_breakpoint(kernel["draw_memory"])
        stub.step()
    return result


@pytest.mark.parametrize("words", ["allocators pace=0", "allocators pace=1", "hello"])
def test_the_picture_is_drawn_20_times_a_second_and_never_for_a_call(words, machine, kernel):
    ticks = [tick for tick, _ in drawings(machine, kernel, words, 30)]
    assert ticks == list(range(ticks[0], ticks[0] + 150, 5)) and ticks[0] <= 5


def test_the_lower_half_passes_on_each_half_second(machine, kernel):
    seen = drawings(machine, kernel, "allocators", 65)[1:]
    changes = [(tick, pid) for (_, before), (tick, pid) in zip(seen, seen[1:]) if pid != before]
    ticks = [tick for tick, _ in changes]
    assert len(changes) >= 5 and {later - tick for tick, later in zip(ticks, ticks[1:])} == {50}
    pids = [pid for _, pid in changes]
    assert all(later == pid % 4 + 1 for pid, later in zip(pids, pids[1:]))


def test_four_allocators_fill_memory_in_10_to_20_seconds(machine, kernel):
    left = {}
    for stop in (1000, 2000):
        left[stop] = len(run_to_end(machine(f"allocators stop={stop}"), kernel)[1].free_list())
    assert left[1000] > 0 == left[2000]


### Keys, in boot words and from QEMU's keyboard

class Keyboard:
    """A machine with somebody at its keyboard."""

    def __init__(self, machine, kernel, words):
        self.machine = machine(words)
        self.kernel = kernel
        self.until(lambda: "PHYSICAL" in self.machine.screen().row(0))

    def until(self, condition, limit=10):
        """Waits for it, at most so many seconds of the machine's time."""
        start = self.machine.virtual_time()
        while not condition():
            late = self.machine.virtual_time() > start + limit
            assert not late, self.machine.log()[-1000:] + self.machine.screen().text()

    def press(self, *names, key=None):
        """Presses a key and waits until the kernel has logged it."""
        before = len(self.keys())
        self.machine.send_key(*names)
        self.until(lambda: len(self.keys()) > before)
        assert self.keys()[-1] == (key or names[-1])

    def keys(self):
        """All keys that the kernel has logged."""
        return re.findall(r"^key tick=\d+ key=(.*)\n", self.machine.log(), re.MULTILINE)

    def started_since(self):
        """The log's lines about processes that were started since the last key."""
        return re.findall(r"^process .*(?=\n)", self.machine.log().rpartition("\nkey ")[2], re.MULTILINE)

    def wait(self, seconds):
        start = self.machine.virtual_time()
        while self.machine.virtual_time() < start + seconds:
            pass

    def status(self):
        return self.machine.screen().row(10)

    def stays(self, pid):
        """Whether that process's memory is shown, and nothing else in the next seconds."""
        self.until(lambda: shown(self.machine.screen()) == pid)
        start = self.machine.virtual_time()
        while self.machine.virtual_time() < start + 3:
            if shown(self.machine.screen()) not in (pid, None):
                return False
        return True


@pytest.fixture
def keyboard(machine, kernel):
    return lambda words: Keyboard(machine, kernel, words)


def test_digits_and_arrows_choose_whose_memory_is_shown(keyboard):
    person = keyboard("allocators pace=1")
    for pid in (3, 1, 4):
        person.press(str(pid))
        assert person.stays(pid)
    person.press("left")
    assert person.stays(3)
    person.press("right")
    person.press("right")
    assert person.stays(1)
    person.press("0")
    for pid in (2, 3, 4, 1):
        person.until(lambda pid=pid: shown(person.machine.screen()) == pid)


def test_space_holds_and_goes_on_and_s_steps_one_call(keyboard):
    person = keyboard("allocators pace=1")

    def registers():
        memory = Snapshot(person.machine, person.kernel)
        return {pid: process.registers for pid, process in memory.processes().items()}

    def changed(before):
        now = registers()
        return [pid for pid in now if now[pid] != before[pid]]
    person.press("spc", key="space")
    person.until(lambda: person.status().endswith("held"))
    held = registers()
    person.wait(2)
    assert changed(held) == []
    stepped = []
    for _ in range(12):                         # after a step in which nothing was allocated, registers can be as before
        held = registers()
        person.press("s")
        person.wait(2)
        assert len(changed(held)) <= 1
        stepped += changed(held)
    assert len(set(stepped)) > 1                # each step is the next one's turn
    person.press("spc", key="space")
    person.until(lambda: len(changed(held)) == 4)
    assert "held" not in person.status()


def test_plus_and_minus_change_the_pace(keyboard):
    person = keyboard("allocators pace=8")
    person.until(lambda: person.status().endswith(" 8 calls/tick"))
    person.press("minus", key="-")
    person.until(lambda: person.status().endswith(" 4 calls/tick"))
    person.press("shift", "equal", key="+")
    person.press("equal", key="=")
    person.until(lambda: person.status().endswith(" 16 calls/tick"))
    for _ in range(9):
        person.press("equal", key="=")
    person.until(lambda: person.status().endswith(" not slowed"))


def test_letters_start_programs_afresh(keyboard):
    person = keyboard("hello")
    for key, program, count in (("f", "fork", 1), ("a", "allocator", 4), ("e", "exit", 1), ("f", "fork", 1)):
        person.press(key)
        started = [f"process pid={pid} program={program}{'' if pid == 1 else pid}" for pid in range(1, count + 1)]
        person.until(lambda: person.started_since() == started)
    person.press("q")
    outcome, memory = run_to_end(person.machine, person.kernel)
    assert outcome.status == qemu.EXIT_CLEAN and memory.problems() == []


def test_h_shows_the_keys(keyboard):
    person = keyboard("allocators pace=1")
    person.press("h")
    screen = person.machine.screen()
    text = screen.row(23) + " " + screen.row(24)
    for word in ("1-9", "left", "right", "0", "space", "s:", "+", "-", "a:", "f:", "e:", "q:", "h:"):
        assert word in text


@pytest.mark.parametrize("keys", [("q",), ("ctrl", "c")], ids="-".join)
def test_the_machine_is_ended_by(keys, keyboard):
    person = keyboard("allocators pace=1")
    person.machine.send_key(*keys)
    assert person.machine.run(20).status == qemu.EXIT_CLEAN
    assert re.search(r"^key tick=\d+ key=q\nstop status=0x10 tick=\d+\n\Z", person.machine.log(), re.MULTILINE)


def test_keys_that_mean_nothing_do_nothing(keyboard):
    person = keyboard("allocators pace=1")
    for key in ("x", "f5", "esc", "up", "ret", "kp_5", "shift", "print", "pause"):
        person.machine.send_key(key)
        person.wait(1)
    person.press("q")
    assert person.machine.run(20).status == qemu.EXIT_CLEAN


def test_the_boot_word_keys_types_at_ticks(machine, kernel):
    started = machine("allocators keys=20:2,30:+,30:space,40:space,50:left,60:right,60:right,120:e,180:q")
    outcome, memory = run_to_end(started, kernel)
    assert outcome.status == qemu.EXIT_CLEAN
    assert re.findall(r"^key (.*)$", started.log(), re.MULTILINE) == [
        "tick=20 key=2", "tick=30 key=+", "tick=30 key=space", "tick=40 key=space", "tick=50 key=left",
        "tick=60 key=right", "tick=60 key=right", "tick=120 key=e", "tick=180 key=q"]
    assert "stop status=0x10 tick=180" in started.log() and memory.variable("ticks") == 180
    assert {process.program for process in memory.processes().values()} == {"exit"}
