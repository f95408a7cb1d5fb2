"""The picture of memory, compared with memory itself; and the keys."""
import re

import pytest
import qemu
from conftest import ROOT
from memory import (CONSOLE_ADDR, GUARD, MEMSIZE_VIRTUAL, PAGESIZE, PO_FREE, PO_KERNEL, PO_RESERVED, PO_SHARED,
                    PROC_START_ADDR, PTE_A, PTE_D, kernel_of)
from snapshot import Snapshot, run_to_end

FIRST_COLUMN, PER_ROW = 12, 64
LEFT_OUT = 0xC0000                      # from here to PROC_START_ADDR, a row, the weensy machine's panels leave out
UPPER, LEGEND, STATUS, LOWER, MESSAGES = 1, 8, 9, 10, 21            # the weensy machine's rows
BIG_STATUS, BIG_LOWER = 10, 11
PICTURES_A_SECOND = 20
READ, WRITTEN, WHITE, BLACK, BLUE = 9, 4, 0xF, 0, 1                 # grounds
YELLOW, RED = 0xE, 4                    # what has just been told of


@pytest.fixture
def kernel(test_kernel_elf):
    return kernel_of(test_kernel_elf)


def letter(pid):
    return str(pid) if pid < 10 else chr(ord("a") + pid - 10)


def cell(screen, first_row, pn):
    """(character, foreground, background) of page `pn`."""
    row, column = first_row + pn // PER_ROW, FIRST_COLUMN + pn % PER_ROW
    if pn * PAGESIZE >= PROC_START_ADDR:
        row -= 1
    return screen.character(row, column), screen.colors(row, column) & 15, screen.colors(row, column) >> 4


def is_left_out(pn):
    return LEFT_OUT <= pn * PAGESIZE < PROC_START_ADDR


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
        is_marked = not is_left_out(pn) and cell(memory.screen, UPPER, pn)[1:] == (YELLOW, RED)
        if is_process_page(page) and not page.is_pagetable and not is_marked and memory.number(pn * PAGESIZE, 4):
            seen.setdefault(page.owner, set()).add(cell(memory.screen, UPPER, pn)[2])
    assert all(len(colours) == 1 for colours in seen.values()), seen
    return {owner: colours.pop() for owner, colours in seen.items()}


def shown(screen):
    """The pid whose virtual memory is shown, or None."""
    match = re.match(r"VIRTUAL MEMORY OF (\w) ", screen.row(STATUS))
    return int(match[1], 36) if match else None


# Some end less than a second after something happened, so pages are marked: of these, only the letters are compared.
PICTURES = ["allocators stop=10", "fork stop=4", "fork stop=20", "exit stop=50", "test-share stop=300",
            "test-isolation", "lazy pace=1 stop=1000", "cow pace=1 stop=500"]


@pytest.mark.parametrize("words", PICTURES)
def test_each_page_of_memory_is_drawn_as_what_it_is(words, machine, kernel):
    memory = run_to_end(machine(words + " view=off"), kernel)[1]
    colours = colours_by_process(memory)
    for pn, page in enumerate(memory.pages):
        if is_left_out(pn):
            assert page.owner == PO_RESERVED
            continue
        character, foreground, background = cell(memory.screen, UPPER, pn)
        assert character == expected_letter(memory, pn), hex(pn * PAGESIZE)
        if (foreground, background) == (YELLOW, RED):
            continue
        if is_process_page(page) and page.is_pagetable:
            assert background == BLUE
        elif is_process_page(page):
            is_used = memory.number(pn * PAGESIZE, 4) != 0
            assert background == (colours[page.owner] if is_used else WHITE)
            assert not is_used or background != WHITE
        elif pn == CONSOLE_ADDR // PAGESIZE:
            assert foreground == BLACK != background
        else:
            assert background == BLACK != foreground
    numbers = [colours[pid] for pid in colours if 0 < pid < 7]
    assert len(set(numbers)) == len(numbers) and not {WHITE, BLUE} & set(colours.values())


@pytest.mark.parametrize("words", PICTURES)
def test_each_virtual_page_is_drawn_as_the_physical_one_it_maps_to(words, machine, kernel):
    memory = run_to_end(machine(words + " view=off"), kernel)[1]
    pid = shown(memory.screen)
    assert pid in memory.processes()
    mappings = {mapping.va: mapping for mapping in memory.walk(memory.processes()[pid].pagetable)}
    promises = [region for region in memory.regions(pid) if region.label != GUARD]
    for index in range(MEMSIZE_VIRTUAL // PAGESIZE):
        va = index * PAGESIZE
        mapping = mappings.get(va)
        if is_left_out(index):
            assert not (mapping and mapping.user)
            continue
        character, foreground, background = cell(memory.screen, LOWER, index)
        if not mapping:
            is_promised = any(region.start <= va < region.end for region in promises)
            assert character == ("P" if is_promised else " ") and background in (BLACK, RED), hex(va)
            continue
        letter_above, _, background_above = cell(memory.screen, UPPER, mapping.pa // PAGESIZE)
        is_zero_page = mapping.pa == memory.zero_page and va >= PROC_START_ADDR
        expected = "Z" if is_zero_page else "W" if mapping.copy_on_write and mapping.user else letter_above
        assert letter_above == expected_letter(memory, mapping.pa // PAGESIZE) and character == expected, hex(va)
        if (foreground, background) == (YELLOW, RED):
            continue
        if mapping.user:                        # on a ground: what the process itself may access
            plain = WHITE if is_zero_page else background_above
            if background_above == RED:         # marked
                continue
            assert background == (touched_colour(mapping.entry) if is_touched(memory, mapping) else plain), hex(va)
        else:
            assert foreground != BLACK


def is_touched(memory, mapping):
    """Whether the page was touched in this half second or the one before."""
    if mapping.entry & PTE_A or mapping.pa == memory.zero_page:
        return bool(mapping.entry & PTE_A)
    return memory.page_fields(mapping.pa // PAGESIZE)["touched"] == memory.variable("half_second", 2)


def touched_colour(entry):
    return WRITTEN if entry & PTE_D else READ


def test_titles_addresses_and_legend_stand_where_they_should(machine, kernel):
    memory = run_to_end(machine("allocators view=off stop=30"), kernel)[1]
    screen = memory.screen
    version = re.search('KINGLET_VERSION "(.*)"', (ROOT / "lib/version.hh").read_text())[1]
    assert screen.row(0).startswith("PHYSICAL MEMORY") and screen.row(0).endswith(f" Kinglet {version}")
    addresses = [screen.row(row).split()[0] for row in (*range(UPPER, LEGEND), *range(LOWER, MESSAGES))]
    shown_rows = [0, 1, 2, *range(4, 12)]       # not the row at LEFT_OUT
    assert addresses == [f"0x{0x40000 * index:08X}" for index in (*shown_rows[:7], *shown_rows)]
    pid = shown(screen)
    assert re.match(rf"VIRTUAL MEMORY OF {pid} \(allocator{pid if pid > 1 else ''}\) ", screen.row(STATUS))
    assert re.search(rf"\b{len(memory.free_list())} free +4 alive +30 ticks +not slowed$", screen.row(STATUS))


LETTERS = {".": "free", "K": "kernel", "R": "reserved", "C": "screen", "S": "shared", "L": "leak", "W": "copy on write",
           "Z": "zeros", "P": "promised"}
GROUNDS = {BLUE: "table", WHITE: "zero", READ: "read", WRITTEN: "written"}


@pytest.mark.parametrize("words", ["allocators stop=30", "cow pace=1 stop=500", "lazy pace=1 stop=1000"])
def test_the_legend_has_a_sample_of_each_sign_that_is_there_and_of_no_other(words, machine, kernel):
    screen = run_to_end(machine(words + " view=off"), kernel)[1].screen
    rows = [*range(UPPER, LEGEND), *range(LOWER, MESSAGES)]
    cells = [(screen.character(row, column), screen.colors(row, column))
             for row in rows for column in range(FIRST_COLUMN, FIRST_COLUMN + PER_ROW)]
    expected = {LETTERS[character] for character, _ in cells if character in LETTERS}
    expected |= {GROUNDS[color >> 4] for character, color in cells
                 if color >> 4 in GROUNDS and (character, color) != ("Z", WHITE << 4) and color != RED << 4 | YELLOW}
    expected |= {"just now" for _, color in cells if color == RED << 4 | YELLOW}
    texts = screen.row(0)[len("PHYSICAL MEMORY"):-len("Kinglet 1.0")] + "  " + screen.row(LEGEND)
    assert set(re.findall(r"(?:^|(?<= ))\S ([a-z](?:[a-z]| (?=on|write|now))+)", texts)) == expected
    for ground, word in GROUNDS.items():
        if word in expected:
            column = re.search(rf"1 {word}\b", screen.row(LEGEND)).start()
            assert screen.colors(LEGEND, column) >> 4 == ground


def test_a_stopped_process_is_called_so(machine, kernel):
    memory = run_to_end(machine("test-isolation view=off"), kernel)[1]
    assert re.match("VIRTUAL MEMORY OF 1 STOPPED ", memory.screen.row(STATUS))
    assert re.search(" 0 alive ", memory.screen.row(STATUS))


def test_the_last_rows_are_left_to_programs(machine, kernel):
    memory = run_to_end(machine("hello stop=200"), kernel)[1]
    assert memory.screen.row(23) == "Hello from process 1." and memory.screen.row(24) == ""


def test_pages_that_are_not_touched_any_more_look_so(machine, kernel):
    """p-lazy sleeps for a second and a half after its first line; each half second, it is found out anew."""
    for stop, is_asleep in ((40, False), (145, True)):
        memory = run_to_end(machine(f"lazy pace=0 stop={stop}"), kernel)[1]
        own = memory.own_mappings(memory.processes()[1])
        grounds = {cell(memory.screen, LOWER, va // PAGESIZE)[2] for va in own}
        assert bool(grounds & {READ, WRITTEN}) != is_asleep


LABELS = ["heap", "stack", "guard"]


@pytest.mark.parametrize("words", ["lazy pace=0 stop=700", "cow pace=0 stop=400", "allocators pace=1 stop=200"])
def test_v_shows_regions_and_faults(words, machine, kernel):
    memory = run_to_end(machine(words + " keys=5:1,10:v"), kernel)[1]
    screen = memory.screen
    assert screen.row(STATUS).startswith("REGIONS OF 1 (")
    rows = [screen.row(row).split() for row in range(LOWER + 1, MESSAGES - 2) if screen.row(row)]
    assert rows == [[f"{region.start:#014x}", f"{region.end:#014x}", str((region.end - region.start) // PAGESIZE),
                     "---" if region.label == GUARD else "rw-", LABELS[region.label], str(region.faults)]
                    for region in memory.regions(1)]
    assert [int(number) for number in re.findall(r"\d+", screen.row(MESSAGES - 2))] == memory.faults(1)
    tables = memory.tables(memory.processes()[1].pagetable)
    mapped = len(memory.own_mappings(memory.processes()[1]))
    shared = sum(memory.page(pa // PAGESIZE).refcount > 1 for pa, _, _ in tables)
    assert screen.row(MESSAGES - 1).startswith(f"pages: {mapped} mapped, ")
    assert screen.row(MESSAGES - 1).endswith(f" in regions; page tables: {len(tables)}, {shared} shared")


@pytest.mark.parametrize("words", ["lazy pace=0 stop=700", "cow pace=0 stop=400", "fork pace=1 stop=200"])
def test_v_v_shows_the_page_tables(words, machine, kernel):
    memory = run_to_end(machine(words + " keys=5:1,10:v,20:v"), kernel)[1]
    screen = memory.screen
    assert screen.row(STATUS).startswith("PAGE TABLES OF 1 (")
    expected = []
    for pa, level, va in memory.tables(memory.processes()[1].pagetable):
        page = memory.page(pa // PAGESIZE)
        sharing = ["shared", "by", str(page.refcount)] if page.refcount > 1 else []
        expected.append([str(level), f"{va:#014x}", f"{va + (1 << 21 + 9 * level):#014x}", f"{pa:#011x}",
                         str(page.live_entries), *sharing])
    assert [screen.row(row).split() for row in range(LOWER + 1, MESSAGES) if screen.row(row)] == expected
    assert all(screen.row(row + LOWER + 1).startswith(" " * (3 - int(line[0])) + line[0]) for row, line in enumerate(expected))


def test_v_v_v_shows_virtual_memory_again(machine, kernel):
    memory = run_to_end(machine("lazy pace=0 stop=100 keys=5:1,10:v,20:v,30:v"), kernel)[1]
    assert memory.screen.row(STATUS).startswith("VIRTUAL MEMORY OF 1 (") and "KKK" in memory.screen.row(LOWER + 1)


@pytest.mark.parametrize("keys, title", [("20:5", "VIRTUAL MEMORY"), ("10:v,20:5", "REGIONS"),
                                         ("10:v,20:5,21:v", "PAGE TABLES")])
def test_of_a_process_that_does_not_exist_nothing_is_shown(keys, title, machine, kernel):
    screen = run_to_end(machine(f"allocators stop=30 keys={keys}"), kernel)[1].screen
    assert screen.row(STATUS).startswith(f"{title} OF 5: no process ")
    addresses = [f" 0x{0x40000 * row:08X}" for row in (0, 1, 2, *range(4, 12))]
    assert [screen.row(row) for row in range(LOWER, MESSAGES)] == (addresses if title.startswith("V") else [""] * 11)


@pytest.mark.parametrize("key", [">", "<", "{", "}"])
def test_keys_of_the_big_machine_change_nothing_in_the_weensy_one(key, machine, kernel):
    def rows(keys):
        screen = run_to_end(machine(f"allocators stop=60 keys={keys}"), kernel)[1].screen
        return [screen.row(row) for row in range(MESSAGES)]
    assert rows(f"50:1,51:{key}") == rows("50:1")


def test_up_and_down_scroll_what_does_not_fit(machine, kernel):
    rows = [run_to_end(machine(f"fork pace=1 stop=60 keys=5:1,10:v,20:v{keys}"), kernel)[1].screen.row(LOWER + 1)[:4].strip()
            for keys in ("", ",30:down", ",30:down,31:down,32:up", ",30:pagedown", ",30:pagedown,35:pageup", ",30:up")]
    assert rows == ["3", "2", "2", "0", "3", "3"]


### The big machine

def big(machine, kernel, keys, words="fork pace=1", stop=170):
    """Memory at the end of such a run, its picture drawn just then."""
    keys = "keys=" + keys if keys else ""
    outcome, memory = run_to_end(machine(f"{words} view=off machine=big stop={stop} {keys}", memory="64M"), kernel)
    assert outcome.status == qemu.EXIT_CLEAN
    return memory


def owner_letters(memory, pages):
    letters = {PO_FREE: ".", PO_KERNEL: "K", PO_SHARED: "S", PO_RESERVED: "R"}
    owners = [memory.page(pn).owner for pn in pages]
    return [letters.get(owner) or letter(owner) for owner in owners]


def big_cells(screen, first_row, rows):
    return [screen.character(row, column) for row in range(first_row, first_row + rows) for column in range(14, 78)]


def test_the_big_machine_shows_who_has_most_of_the_pages_of_a_character(machine, kernel):
    memory = big(machine, kernel, "")
    screen = memory.screen
    assert screen.row(0).startswith("PHYSICAL MEMORY  1 character = 32 pages (128 KiB) ")
    assert [screen.row(row).split()[0] for row in range(1, 9)] == [f"{0x800000 * row:012X}" for row in range(8)]
    for index, character in enumerate(big_cells(screen, 1, 8)):
        here = owner_letters(memory, range(32 * index, min(32 * index + 32, memory.npages)))
        most = max(map(here.count, here))
        assert character in [each for each in here if here.count(each) == most], index


def test_braces_zoom_what_is_above_and_angles_move_it(machine, kernel):
    memory = big(machine, kernel, "10:{,20:{")
    assert "1 character = 1 pages (4 KiB)" in memory.screen.row(0)
    expected = owner_letters(memory, range(512))
    expected[CONSOLE_ADDR // PAGESIZE] = "C"
    assert big_cells(memory.screen, 1, 8) == expected
    for keys, start in ((",30:>,31:>", " 000000200000 KKKK"), (",30:>,31:>,32:<", " 000000100000 "),
                        (",30:<", " 000000000000 R")):
        assert big(machine, kernel, "10:{,20:{" + keys).screen.row(1).startswith(start)
    assert "32 pages" in big(machine, kernel, "10:{,20:{,30:>,31:},32:}").screen.row(0)


def test_the_window_below_starts_with_the_program_and_can_be_moved_and_zoomed(machine, kernel):
    def look(keys):
        screen = big(machine, kernel, "5:1" + keys, words="lazy pace=0").screen
        scale = re.search(r"1 character = (\d+ .iB)", screen.row(BIG_STATUS))[1]
        return int(screen.row(BIG_LOWER).split()[0], 16), scale, screen
    start, scale, screen = look("")
    assert (start, scale) == (0x100000, "4 KiB")
    cells = "".join(big_cells(screen, BIG_LOWER, 10)).rstrip()
    assert re.fullmatch("1+ +P{100}", cells) and len(cells) == 256 + 100    # the heap is at 2 MiB
    assert look(",10:down,11:down,12:up")[:2] == (0x140000, "4 KiB")
    assert look(",10:pagedown,11:pageup")[:2] == (0x100000, "4 KiB")
    start, scale, screen = look(",10:]")
    assert (start, scale) == (0x100000, "32 KiB") and screen.row(BIG_LOWER).split()[1:] == ["1", "P" * 13]
    assert look(",10:],11:[")[:2] == (0x100000, "4 KiB")
    assert look(",160:n")[0] == 0x200000
    start, scale, screen = look(",160:n,161:n")
    assert start + 640 * PAGESIZE == 0x7FFFFFFFF000 and big_cells(screen, BIG_LOWER, 10)[-2:] == ["P", "1"]
    assert look(",160:n,161:n,162:n")[0] == 0x100000
    everything = look("".join(f",{tick}:]" for tick in range(10, 25)))
    assert everything[:2] == (0, "512 GiB") and everything[2].row(BIG_LOWER).split()[1][0] == "1"
    assert big_cells(everything[2], BIG_LOWER, 10)[255] in "P1"


def screens(machine, kernel, words, count):
    """(tick, screen) at each of the next `count` drawings; each screen is that of the drawing before."""
    started = machine(words, gdb="private", paused=True)
    stub = started.gdb()
    for _ in range(count):
        stub.set_breakpoint(kernel["memshow"])
        assert stub.cont().startswith("T05")
        yield int.from_bytes(stub.read(kernel["ticks"], 8), "little"), started.screen()
        stub.clear_breakpoint(kernel["memshow"])
        stub.step()


### What just happened

HAPPENED = [
    r"1 wrote to 0x10[0-9a-f]{4}: promised, so it got a new page at 0x[0-9a-f]+000",
    r"1 read 0x10[0-9a-f]{4}: promised, so it got the page of zeros",
    r"1 forked: 2 is its copy",
    r"2 exited with status 7; its memory is free again",
    r"2 wrote to 0x180000: shared, so it got a copy at 0x[0-9a-f]+000",
    r"2 exited; its memory is free again",
    r"1 wrote to 0x180000: not shared any more, so it has the page at 0x[0-9a-f]+000",
    r"2 read 0x0: a null pointer, nothing is there; stopped",
    r"2 read 0x40000: that is not its own; stopped",
    r"2 wrote to 0x100[0-9a-f]{3}: that may only be read; stopped",
    r"2 executed 0x180000: that is data, not code; stopped",
    r"2 wrote to 0x2ef000: the guard below its stack; stopped",
    r"2 did what the processor refuses: general protection; stopped",
    r"2 panicked: the last words",
    r"2 runs another program from now on: hello",
    r"1 started 2, which runs allocator",
    r"2 was ended by 1",
    r"1 called sys_log: refused, the memory it points to is not its own",
]


def messages(screen):
    return [screen.row(MESSAGES), screen.row(MESSAGES + 1)]


def marked(screen, first_row):
    """The numbers of the pages that are marked in a panel."""
    return [pn for pn in range(512) if not is_left_out(pn) and cell(screen, first_row, pn)[1:] == (YELLOW, RED)]


def test_what_happened_is_told_in_words_and_its_page_is_marked_for_a_second(machine, kernel):
    told, marks = [], {}
    for _, screen in screens(machine, kernel, "test-happened pace=0 keys=1:1", 160):
        for text in messages(screen):
            if text and text not in told[-2:]:
                told.append(text)
        marks[messages(screen)[1]] = marked(screen, UPPER), marked(screen, LOWER)
        assert {screen.row(MESSAGES + 2), screen.row(MESSAGES + 3)} <= {"", "Hello from process 2."}
    rest = iter(told)
    for pattern in HAPPENED:
        assert any(re.fullmatch(pattern, text) for text in rest), "\n".join([pattern, *told])
    for text, (above, below) in marks.items():
        if page := re.search("at 0x([0-9a-f]+)$", text):
            assert int(page[1], 16) // PAGESIZE in above
        if address := re.match("1 (?:wrote to|read) 0x([0-9a-f]+):", text):
            assert int(address[1], 16) // PAGESIZE in below
    assert not any(marks[told[-1]])             # more than a second ago


def drawings(machine, kernel, words, count):
    """(tick, pid shown) of each of these screens."""
    return [(tick, shown(screen)) for tick, screen in screens(machine, kernel, words, count)]


@pytest.mark.parametrize("words", ["allocators pace=0", "allocators pace=1", "hello"])
def test_the_picture_is_drawn_20_times_a_second_and_never_for_a_call(words, machine, kernel):
    """Where processes leave no time for it, it comes a tick later."""
    ticks = [tick for tick, _ in drawings(machine, kernel, words, 10)]
    assert ticks == list(range(ticks[0], ticks[0] + 50, 5)) and ticks[0] == (6 if "pace=0" in words else 5)


def test_a_page_that_was_taken_is_drawn_with_the_number_that_are_free(machine, kernel):
    """The row of text is always drawn, the rest only when something has changed."""
    said = []
    for _, screen in list(screens(machine, kernel, "allocators pace=1", 20))[1:]:
        said.append(int(re.search(r"(\d+) free", screen.row(STATUS))[1]))
        assert said[-1] == sum(screen.row(row).count(".") for row in range(UPPER, LEGEND))
    assert len(set(said)) > 10


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
    """A machine with somebody at its keyboard, who sees each picture: between two looks it stands
    still, where the kernel is about to draw the next one. So nothing is missed, however busy the
    host is."""

    def __init__(self, machine, kernel, words):
        self.machine = machine(words, gdb="private", paused=True)
        self.kernel = kernel
        self.stub = self.machine.gdb()
        self.stub.set_breakpoint(kernel["memshow"])
        self.come_to("memshow")
        self.until(lambda: "PHYSICAL" in self.screen().row(0))

    def come_to(self, name):
        self.stop_came(self.stub.cont(), name)

    def stop_came(self, answer, name):
        assert answer.startswith("T05"), answer
        assert self.stub.registers()["rip"] == self.kernel[name], self.machine.log()[-1000:]

    def look_at_next(self):
        """Goes on to the next picture."""
        self.stub.clear_breakpoint(self.kernel["memshow"])
        self.stub.step()
        self.stub.set_breakpoint(self.kernel["memshow"])
        self.come_to("memshow")

    def let_go(self):
        """Nobody looks at each picture any more: it runs."""
        self.stub.clear_breakpoint(self.kernel["memshow"])
        self.stub.detach()

    def until(self, condition, limit=10):
        """Waits for it, at most so many seconds of the machine's time."""
        for _ in range(limit * PICTURES_A_SECOND):
            if condition():
                return
            self.look_at_next()
        assert condition(), self.machine.log()[-1000:] + self.screen().text()

    def send(self, *names):
        """Has QEMU send a key, which it does only while the machine runs; it runs on until it comes
        to `press_key`, for which nobody waits here."""
        self.stub.clear_breakpoint(self.kernel["memshow"])
        self.stub.set_breakpoint(self.kernel["press_key"])
        self.stub.resume()
        while not self.machine.command("query-status")["running"]:
            pass
        self.machine.send_key(*names)

    def press(self, *names, key=None):
        """Presses a key, and looks at the picture after the kernel has logged it."""
        self.send(*names)
        self.stop_came(self.stub.receive(), "press_key")
        self.stub.clear_breakpoint(self.kernel["press_key"])
        self.stub.set_breakpoint(self.kernel["memshow"])
        self.come_to("memshow")
        assert self.keys()[-1] == (key or names[-1])

    def keys(self):
        """All keys that the kernel has logged."""
        return re.findall(r"^key tick=\d+ key=(.*)\n", self.machine.log(), re.MULTILINE)

    def started_since(self):
        """The log's lines about processes that were started since the last key."""
        return re.findall(r"^process .*(?=\n)", self.machine.log().rpartition("\nkey ")[2], re.MULTILINE)

    def wait(self, seconds):
        for _ in range(seconds * PICTURES_A_SECOND):
            self.look_at_next()

    def screen(self):
        return self.machine.screen()

    def status(self):
        return self.screen().row(STATUS)

    def stays(self, pid):
        """Whether that process's memory is shown, and nothing else in the next seconds."""
        self.until(lambda: shown(self.screen()) == pid)
        for _ in range(2 * PICTURES_A_SECOND):
            if shown(self.screen()) != pid:
                return False
            self.look_at_next()
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
        person.until(lambda pid=pid: shown(person.screen()) == pid)


def test_space_holds_and_goes_on_and_s_steps_one_call_and_says_which(keyboard):
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
    for _ in range(12):                 # after a step in which nothing was allocated, registers can be as before
        held = registers()
        person.press("s")
        person.wait(1)
        assert len(changed(held)) <= 1
        assert re.match(r"[1-4] (called sys_(yield|page_alloc\(0x1[0-9a-f]+\)): (others may run|it got a new page at 0x)"
                        "|wrote to 0x)", messages(person.screen())[1])
        stepped += changed(held)
    assert len(set(stepped)) > 1                # each step is the next one's turn
    person.press("spc", key="space")
    person.until(lambda: len(changed(held)) == 4)
    assert "held" not in person.status()


def test_v_and_the_arrows_show_other_things_below(keyboard):
    person = keyboard("fork pace=1")
    person.press("1")
    for title in ("REGIONS OF 1", "PAGE TABLES OF 1"):
        person.press("v")
        person.until(lambda title=title: person.status().startswith(title))
    for key, name, level in (("down", "down", "2"), ("down", "down", "1"), ("up", "up", "2"),
                             ("pgdn", "pagedown", "0"), ("pgup", "pageup", "3")):
        person.press(key, key=name)
        person.until(lambda level=level: person.screen().row(LOWER + 1).strip().startswith(level))
    for keys, name in ((("bracket_left",), "["), (("bracket_right",), "]"), (("shift", "bracket_left"), "{"),
                       (("shift", "bracket_right"), "}"), (("shift", "comma"), "<"), (("shift", "dot"), ">"),
                       (("n",), "n")):
        person.press(*keys, key=name)           # of the big machine
    person.press("v")
    person.until(lambda: person.status().startswith("VIRTUAL MEMORY OF 1"))


def test_k_kills_the_process_that_is_shown(keyboard):
    person = keyboard("allocators pace=1")
    person.press("3")
    person.until(lambda: shown(person.screen()) == 3)
    person.press("k")
    person.until(lambda: " 3 alive " in person.status())
    assert "\nkill pid=3 by=0\n" in person.machine.log()


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
    person.let_go()
    outcome, memory = run_to_end(person.machine, person.kernel)
    assert outcome.status == qemu.EXIT_CLEAN and memory.problems() == []


def test_h_shows_the_keys_in_three_turns(keyboard):
    person = keyboard("allocators pace=1")
    turns = [("1-9", "left", "right", "0", "space", "s:", "+", "-", "v:", "k:", "a:", "f:", "e:", "q:", "h:"),
             ("up", "down", "pageup", "pagedown", "n:", "[ ]", "{ }", "< >"),
             ("Escape", "Enter:", "Backspace:", "Ctrl-D:", "Ctrl-C:")]
    for words in (*turns, turns[0]):
        person.press("h")

        def text():
            screen = person.screen()
            return screen.row(MESSAGES) + " " + screen.row(MESSAGES + 1)
        person.until(lambda text=text, words=words: all(word in text() for word in words))


@pytest.mark.parametrize("keys", [("q",), ("ctrl", "c")], ids="-".join)
def test_the_machine_is_ended_by(keys, keyboard):
    person = keyboard("allocators pace=1")
    person.let_go()
    person.machine.send_key(*keys)
    assert person.machine.run(20).status == qemu.EXIT_CLEAN
    assert re.search(r"^key tick=\d+ key=q\nstop status=0x10 tick=\d+\n\Z", person.machine.log(), re.MULTILINE)


def test_keys_that_mean_nothing_do_nothing(machine):
    started = machine("allocators pace=1")
    for key in ("x", "f5", "esc", "up", "ret", "kp_5", "shift", "print", "pause"):
        started.send_key(key)
        sent = started.virtual_time()
        while started.virtual_time() <= sent + 1:
            pass
    started.send_key("q")
    assert started.run(20).status == qemu.EXIT_CLEAN
    assert re.findall("^key .*key=(.*)", started.log(), re.MULTILINE)[-1] == "q"


def test_the_boot_word_keys_types_at_ticks(machine, kernel):
    started = machine("allocators keys=20:2,30:+,30:space,40:space,50:left,60:right,60:right,120:e,180:q")
    outcome, memory = run_to_end(started, kernel)
    assert outcome.status == qemu.EXIT_CLEAN
    assert re.findall(r"^key (.*)$", started.log(), re.MULTILINE) == [
        "tick=20 key=2", "tick=30 key=+", "tick=30 key=space", "tick=40 key=space", "tick=50 key=left",
        "tick=60 key=right", "tick=60 key=right", "tick=120 key=e", "tick=180 key=q"]
    assert "stop status=0x10 tick=180" in started.log() and memory.variable("ticks") == 180
    assert {process.program for process in memory.processes().values()} == {"exit"}
