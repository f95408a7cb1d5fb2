"""Every program to its expected end, seen from outside: in the machine's memory and in log.txt.

What each program proves stands at its top, in tests/programs/; here is what must be true besides its own `ok`.
"""
import collections
import functools
import pathlib
import re
import struct

import pack
import pytest
import qemu
import words
from conftest import EVERYTHING, QEMU, ROOT, built
from memory import CONSOLE_ADDR, PAGESIZE, PO_SHARED, P_BLOCKED, P_FAULTED, PROC_START_ADDR, kernel_of
from snapshot import Snapshot, run_to_end

Run = collections.namedtuple("Run", "outcome memory log screen")
DIED, CLEAN = qemu.EXIT_FAULT, qemu.EXIT_CLEAN

# name: how the machine ends, how many processes fault, panic, are forked
EXPECTED = {
    "bench": (CLEAN, 0, 0, None),
    "cow": (DIED, 1, 0, 2),
    "hello": (CLEAN, 0, 0, 0),
    "lazy": (CLEAN, 0, 0, 0),
    "sieve": (CLEAN, 0, 0, 0),
    "stack": (DIED, 1, 0, 1),
    "test-anypage": (CLEAN, 0, 0, 0),
    "test-big": (DIED, 1, 0, 5),
    "test-buffers": (CLEAN, 0, 0, 4),
    "test-c": (CLEAN, 0, 0, 1),
    "test-cow": (DIED, 1, 0, 4),
    "test-cowchain": (CLEAN, 0, 0, 96),
    "test-descriptors": (DIED, 3, 0, 3),
    "test-exceptions": (DIED, 30, 0, 31),       # QEMU does not check alignment
    "test-exec": (CLEAN, 0, 0, 4),
    "test-faultedorphans": (DIED, 60, 0, 120),
    "test-flags": (DIED, 2, 0, 10),
    "test-floatingpoint": (DIED, 38, 0, 39),    # QEMU does not check `emms`
    "test-fork": (CLEAN, 0, 0, 1),
    "test-forkbomb": (CLEAN, 0, 0, None),
    "test-forkmany": (CLEAN, 0, 0, 1002),
    "test-forkmemory": (CLEAN, 0, 0, None),
    "test-forkslots": (CLEAN, 0, 0, 68),
    "test-frames": (DIED, 7, 0, 7),
    "test-image": (DIED, 3, 0, 3),
    "test-interrupts": (DIED, 2, 0, 3),
    "test-isolation": (DIED, 1, 0, 0),
    "test-kernelmemory": (DIED, 33, 0, 33),
    "test-kill": (DIED, 1, 0, 11),
    "test-language": (CLEAN, 0, 0, 0),
    "test-lazy": (CLEAN, 0, 0, 1),
    "test-library": (CLEAN, 0, 0, 0),
    "test-main": (CLEAN, 0, 0, 0),
    "test-mapping": (DIED, 2, 0, 3),
    "test-mprotect": (DIED, 33, 0, 55),
    "test-nmi": (CLEAN, 0, 0, 0),
    "test-nomemory": (CLEAN, 0, 0, None),       # with its own kernel: test_nomemory.py
    "test-null": (DIED, 11, 0, 11),
    "test-orphans": (CLEAN, 0, 0, 3),
    "test-pagealloc": (CLEAN, 0, 0, 2),
    "test-panic": (DIED, 0, 8, 8),
    "test-pipe": (CLEAN, 0, 0, None),
    "test-pipec": (CLEAN, 0, 0, 0),
    "test-pipeends": (DIED, 2, 2, None),
    "test-pointers": (DIED, 0, 1, 1),
    "test-random": (CLEAN, 0, 0, None),
    "test-records": (CLEAN, 0, 0, 1134),
    "test-registers": (CLEAN, 0, 0, 1),
    "test-rip": (DIED, 10, 0, 10),
    "test-rooms": (CLEAN, 0, 0, 1),
    "test-sbrk": (DIED, 2, 0, 4),
    "test-screen": (DIED, 8, 0, 8),
    "test-share": (DIED, 2, 0, 2),
    "test-sharemany": (CLEAN, 0, 0, 34),
    "test-sleep": (CLEAN, 0, 0, 6),
    "test-spawn": (CLEAN, 0, 0, 35),
    "test-stack": (CLEAN, 0, 0, 17),
    "test-stackgrowth": (DIED, 5, 0, 9),
    "test-syscall": (CLEAN, 0, 0, 0),
    "test-tables": (CLEAN, 0, 0, 4),
    "test-turns": (CLEAN, 0, 0, 1),
    "test-model": (CLEAN, 0, 0, 1),
    "test-write": (CLEAN, 0, 0, 0),
    "test-text": (DIED, 1, 0, 1),
    "test-vm86": (DIED, 35, 0, 35),
    "test-wait": (DIED, 1, 1, 19),
    "test-yield": (CLEAN, 0, 0, 3),
    "test-zeropage": (DIED, 1, 0, 2),
}
# Processes that were stopped and not waited for
LEFT = {"test-frames": 1, "test-isolation": 1}
LECTURES = {"cow", "lazy", "sieve", "stack"}
BIG = {"test-big", "test-tables"}               # for the big machine
WEENSY = sorted(EXPECTED.keys() - BIG)
ENDLESS = {"allocators", "allocator", "allocator2", "allocator3", "allocator4", "fork", "exit", "forkbomb",
           "test-chatter", "workingset"}
SAYS_NOTHING = {"hello", *LECTURES}
MEASURED_ELSEWHERE = {"bench-big", "bench-empty", "bench-longest", "bench-trap", "fuzz", "fuzz-instructions",
                      "test-happened", "ls", "cat", "wc", "grep", "cp", "sh", "edit", "counter", "sort", "shared",
                      "paging", "mapcat", "test-files", "test-writefiles", "test-diskerror", "test-fileplace",
                      "test-giveup", "test-crash", "test-lostwrite",
                      "test-longread", "test-mapdirty", "test-mapend", "test-maperrors", "test-mapfile", "test-mapfork",
                      "test-demand", "test-maplarge", "test-mappipe", "test-mapparts", "test-mappressure",
                      "test-maprandom", "bench-files",
                      "test-typed",
                      "test-late", "test-stackrights"}                                      # test_picture.py, ...


@functools.cache
def run(words):
    """The program's whole run, with the audit on, and memory just before the end."""
    with qemu.Machine(built("kinglet-test.img"), words=f"{words} view=off audit=on", qemu=QEMU) as machine:
        outcome, memory = run_to_end(machine, kernel_of(built("kernel-test.elf")))
        return Run(outcome, memory, machine.log().splitlines(), outcome.screen)


@functools.cache
def run_big(words, memory="64M", *options):
    """The same in the big machine."""
    with qemu.Machine(built("kinglet-test.img"), words=f"{words} view=off audit=on machine=big", qemu=QEMU,
                      memory=memory, extra=options) as machine:
        outcome, snapshot = run_to_end(machine, kernel_of(built("kernel-test.elf")))
        return Run(outcome, snapshot, machine.log().splitlines(), outcome.screen)


def run_expected(name):
    """A program of EXPECTED in the machine that it is for."""
    return (run_big if name in BIG else run)(f"{name} stop=6000")


def lines(log, kind):
    """[(pid, text)] of all lines of that kind."""
    found = (re.fullmatch(rf"{kind} pid=(\d+): (.*)", line) for line in log)
    return [(int(match[1]), match[2]) for match in found if match]


def attempts(log):
    """[(attempt, fault)]: each `try` with the fault of the process that tried."""
    result, trying = [], {}
    for line in log:
        words = re.match(r"(log|fault) pid=(\d+): (try )?(.*)", line)
        if words and words[1] == "log" and words[3]:
            trying[words[2]] = words[4]
        elif words and words[1] == "fault":
            result.append((trying.pop(words[2], None), words[4]))
        elif words and words[4].endswith(" not checked"):
            trying.pop(words[2])
    return result + [(attempt, None) for attempt in trying.values()]


def test_every_program_is_expected_to_do_something():
    programs = {path.stem[2:] for folder in words.PROGRAM_FOLDERS for path in (ROOT / folder).glob("p-*.c*")
                if not re.search('"u-(lecture|attempt).hh"', path.read_text())}         # those: test_ideas.py
    assert programs <= set(EXPECTED) | ENDLESS | MEASURED_ELSEWHERE


@pytest.mark.parametrize("name", EXPECTED)
def test_a_program_comes_to_its_expected_end(name):
    status, faults, panics, forks = EXPECTED[name]
    outcome, memory, log, _screen = run_expected(name)
    assert (outcome.kind, outcome.status) == ("exit", status), log[-3:]
    assert [line for line in log if line.split()[0] in ("warning", "audit:", "kernel") or ": not ok" in line] == []
    assert (1, "ok") in lines(log, "log") or name in SAYS_NOTHING
    assert len(lines(log, "fault")) == faults
    assert len(lines(log, "panic")) == panics
    assert forks is None or sum(line.startswith("fork ") for line in log) == forks
    assert int(log[-1].rpartition("tick=")[2]) < 6000
    left = memory.processes().values()
    assert [process.state for process in left] == [P_FAULTED] * LEFT.get(name, 0)
    assert memory.problems() == []


@pytest.mark.parametrize("name", sorted(set(WEENSY) - LEFT.keys()))
def test_a_program_that_ends_gives_every_page_back(name):
    memory = run_expected(name).memory
    assert sorted(memory.free_list()) == memory.process_pages()


@pytest.mark.parametrize("name", [name for name, expected in EXPECTED.items() if expected[1] and name not in LECTURES])
def test_each_attempt_faults_by_its_name_and_that_process_alone(name):
    found = attempts(run_expected(name).log)
    assert len(found) == EXPECTED[name][1]
    for attempt, fault in found:
        causes = attempt.rpartition(": ")[2] if ": " in attempt else ".*"
        assert fault, attempt
        assert re.match(rf"Process \d+ ({causes}) .*error 0x[0-9a-f]+, rip=0x[0-9a-f]+ in ", fault), (attempt, fault)


def reached(log):
    """{page: instructions that did not fault by it}, of p-test-stackrights; how many were tried."""
    found, tried = collections.defaultdict(set), 0
    for line in log:
        if attempt := re.fullmatch(r"log pid=\d+: try (.*) at 0x(\w+)", line):
            instruction, va = attempt[1], int(attempt[2], 16)
            tried += 1
        elif re.match(r"exit pid=\d+ status=7|fault ", line):
            address = re.search(r" (?:page fault|null pointer access) on 0x(\w+) ", line)
            if not address or int(address[1], 16) // PAGESIZE != va // PAGESIZE:
                found[va].add(instruction)
    return found, tried


def check_stack_rights(log, kernel):
    """None reached more than the entry area and the screen; nothing was written there but where all may."""
    found, tried = reached(log)
    assert tried == 9 * PROC_START_ADDR // PAGESIZE and (1, "ok") in lines(log, "log")
    entry_area = {*range(kernel["entry_code"], kernel["entry_code"] + 2 * PAGESIZE, PAGESIZE),
                  *range(kernel["entry_tables"], kernel["entry_frame"] + PAGESIZE, PAGESIZE)}
    assert found.keys() <= entry_area | {CONSOLE_ADDR}
    written = {va for va, instructions in found.items() if any("lcall" in each for each in instructions)}
    assert written <= {*range(kernel["entry_stacks"], kernel["entry_frame"] + PAGESIZE, PAGESIZE), CONSOLE_ADDR}


def test_no_far_call_or_return_reaches_more_than_the_entry_area():
    outcome, memory, log, _screen = run("test-stackrights stop=60000")
    assert outcome.status == DIED and memory.problems() == []
    check_stack_rights(log, kernel_of(built("kernel-test.elf")))


@pytest.mark.parametrize("pace", [1, 2, 7])
def test_at_any_pace_everybody_has_their_turn(pace):
    log = run(f"test-turns pace={pace} stop=1000").log
    assert (1, "ok") in lines(log, "log"), log[-3:]


@pytest.mark.parametrize("name", ["test-kernelmemory", "test-image", "test-share"])
def test_a_refused_access_is_named(name):
    for attempt, fault in attempts(run(f"{name} stop=6000").log):
        words = re.match(r"(?:a (read|write)|to (run))", attempt)
        if not words:
            continue
        access = words[1] or "execute"
        if "canonical" in attempt:
            assert "general protection (error 0x0" in fault
            continue
        cause = "null pointer access" if "page 0" in attempt else "page fault"
        found = re.search(cause + r" on 0x[0-9a-f]+ \((\w+) (.*), error 0x(\w+), rip=", fault)
        error = int(found[3], 16)
        assert found[1] == access
        assert (bool(error & 2), bool(error & 16)) == (access == "write", access == "execute")
        assert error & 4 and found[2] == ("protection problem" if error & 1 else "missing page")


@pytest.mark.parametrize("name", sorted(LECTURES))
def test_a_lecture_finds_what_it_expects(name):
    texts = [text for _, text in lines(run_expected(name).log, "log")]
    found = [re.search(r"^(\d+) primes .* should be (\d+)$|, as it should be$", text) for text in texts]
    compared = [match for match in found if match]
    assert len(compared) >= (1 if name == "sieve" else 2)
    assert all(match[1] == match[2] for match in compared)
    assert not any("NOT TRUE" in text or re.search(r": -?\d+, not -?\d+$", text) for text in texts)


def test_the_free_count_is_the_same_after_a_thousand_forks():
    memory, log = run("test-forkmany stop=6000")[1:3]
    assert sum(line.startswith("fork ") for line in log) >= 1000
    assert sum(line.startswith("exit ") for line in log) == 1 + sum(line.startswith("fork ") for line in log)
    assert len(memory.free_list()) == memory.variable("free_pages") == len(memory.process_pages())


def test_no_slot_is_lost_when_all_have_been_used():
    log = run("test-forkslots stop=6000").log
    pids = [int(re.match(r"fork pid=(\d+)", line)[1]) for line in log if line.startswith("fork ")]
    assert set(pids[:34]) == set(pids[34:]) == set(range(2, 36))


def test_after_fork_pages_are_shared_that_nobody_has_written_and_none_of_them_can_be():
    memory = run("test-share stop=300").memory
    first, second = (memory.own_mappings(process) for pid, process in memory.processes().items() if pid > 1)
    assert first.keys() == second.keys()
    shared = {va for va in first if first[va].pa == second[va].pa}
    assert not any(first[va].writable or second[va].writable for va in shared)
    assert any(first[va].executable for va in shared) and any(not first[va].executable for va in shared)
    for va in shared:
        page = memory.pages[first[va].pa // PAGESIZE]
        assert (page.owner, page.refcount) == (PO_SHARED, 3)
    elf = built("user/p-test-share.elf")
    written = next(start for flags, start, _, _ in segments(elf) if flags & 2)
    assert written not in shared and 0x2FF000 not in shared
    assert all(start in shared for flags, start, _, _ in segments(elf) if not flags & 2)


def test_a_stack_overflow_changes_no_byte_below_the_guard():
    memory = run_expected("test-frames").memory
    mappings = memory.own_mappings(memory.processes()[1])
    below = [mappings[va].pa for va in mappings if 0x2AF000 <= va < 0x2EF000]
    assert len(below) == 64
    assert all(memory.read(pa, PAGESIZE) == bytes([61]) * PAGESIZE for pa in below)


def test_objects_are_made_before_a_program_begins_and_end_with_it_the_last_one_first():
    texts = [text for _, text in lines(run_expected("test-language").log, "log")]
    assert texts == ["ok", "last words 2", "last words 1", "end"]


def test_panics_say_what_the_programs_said():
    log = run("test-panic stop=6000").log
    source = (ROOT / "tests" / "programs" / "p-test-panic.cc").read_text().splitlines()

    def line_of(text):
        return next(number for number, line in enumerate(source, 1) if f"{{ {text}" in line)
    expected = ["a message", "the number 61", "x" * 256, "", r"\(no message that the kernel could read\)",
                rf".*p-test-panic.cc:{line_of('assert(')}: .*a description.*",
                rf".*p-test-panic.cc:{line_of('assert_eq')}: .*-61.*",
                rf".*p-test-panic.cc:{line_of('assert_memeq')}: .*"]
    found = lines(log, "panic")
    assert len(found) == len(expected)
    for (_, text), pattern in zip(found, expected):
        assert re.fullmatch(pattern, text), (text, pattern)
    backtraces = collections.defaultdict(list)
    for pid, text in lines(log, "backtrace"):
        backtraces[pid].append(re.fullmatch(r"0x[0-9a-f]+ in (.*)", text)[1])
    assert all("process_main" in backtraces[pid] for pid, _ in found)
    first = backtraces[found[0][0]]
    assert first.index("panic_within") < first.index("process_main")


def test_strings_come_only_from_memory_the_process_has():
    log = run("test-pointers stop=6000").log
    texts = [text for _, text in lines(log, "log")]
    assert texts[:-1] == ["across two pages", "to the last byte", texts[2], "on the screen"] and len(texts[2]) <= 1
    assert [text for _, text in lines(log, "panic")] == ["across two pages"]


def test_the_screen_is_a_screen_whatever_a_process_wrote_there():
    screen = run("test-screen stop=6000").screen
    assert [screen.row(row)[:11] for row in (0, 1, 20)] == ["PHYSICAL ME", " 0x00000000", " 0x002C0000"]
    margins = (0, 11, 76, 77, 78, 79)
    assert {screen.character(row, column) for row in (*range(1, 8), *range(10, 21)) for column in margins} == {" "}


def test_hello_is_on_the_screen():
    assert run("hello stop=6000").screen.row(23) == "Hello from process 1."


def test_who_waits_is_blocked_at_its_call_which_runs_again():
    """p-cow after 2.5 seconds: the parent waits for the child, which sleeps."""
    memory = run("cow stop=250").memory
    parent, child = memory.processes().values()
    for process, call in (parent, 10), (child, 12):
        rip = process.registers["rip"]
        text = memory.own_mappings(process)[rip & -PAGESIZE].pa + rip % PAGESIZE
        assert (process.state, process.registers["rax"], memory.read(text, 2)) == (P_BLOCKED, call, b"\x0F\x05")
    assert memory.problems() == []


@pytest.mark.parametrize("name, kinds", [
    ("lazy", {"zero", "heap"}), ("stack", {"stack", "copy", "reuse"}), ("cow", {"heap", "copy", "reuse"}),
    ("test-tables", {"zero", "heap", "copy", "reuse", "table"})])
def test_faults_that_became_memory_are_logged_where_asked_for(name, kinds):
    log = (run_big if name in BIG else run)(f"{name} log=faults stop=6000").log
    resolved = [re.fullmatch(r"resolved pid=\d+ kind=(\w+) va=0x([0-9a-f]+) page=0x([0-9a-f]+)000", line)
                for line in log if line.startswith("resolved ")]
    assert kinds <= {match[1] for match in resolved} <= {"zero", "heap", "stack", "copy", "reuse", "table"}
    assert len({match[3] for match in resolved if match[1] == "zero"}) <= 1
    assert not any(line.startswith("resolved ") for line in run_expected(name).log)


@pytest.mark.parametrize("name, complaint", [
    ("test-spawn", "expected sys_wait = 0xfffffffffffffff8, found 0xffffffffffffffea"),     # E_NOEXEC, which is no pid
    ("test-exec", "expected the status of another program = 0x3d, found 0x0"),              # it went on, and exited
])
def test_a_program_whose_file_is_broken_is_refused(tmp_path, name, complaint):
    file = pack.Elf(built("user/p-test-main.elf")).stripped()
    content = pathlib.Path(built("kinglet-test.img")).read_bytes()
    assert content.count(file) == 1
    broken = tmp_path / "broken.img"
    broken.write_bytes(content.replace(file, file[:4] + b"\1" + file[5:]))
    with qemu.Machine(str(broken), words=f"{name} view=off audit=on stop=6000", qemu=QEMU) as machine:
        assert machine.run(60).status == CLEAN
        log = machine.log().splitlines()
    assert [text for _, text in lines(log, "log") if text.startswith("not ok")] == [f"not ok: {complaint}"]
    assert not any(line.startswith("audit:") for line in log)


### The programs of the courses, which go on for ever

def check_growth(memory):
    """Four processes have all memory, and each page above its program's holds what its process wrote."""
    assert sorted(memory.processes()) == [1, 2, 3, 4]
    assert len(memory.free_list()) == memory.variable("owed_pages") and memory.problems() == []
    for pid, process in memory.processes().items():
        heap_start = max(start + size for _, start, _, size in segments(built(f"user/p-{process.program}.elf")))
        heap = [mapping for va, mapping in memory.own_mappings(process).items() if heap_start <= va < 0x2FF000]
        assert len(heap) > 10
        assert {memory.number(mapping.pa, 1) for mapping in heap} <= {0, pid}
        assert sum(memory.number(mapping.pa, 1) == pid for mapping in heap) >= len(heap) - 3
        assert {memory.pages[mapping.pa // PAGESIZE].owner for mapping in heap} == {pid}


def test_four_allocators_share_out_all_memory_each_in_its_own_space():
    memory, log = run("allocators stop=20")[1:3]
    assert [line for line in log if line.startswith("process ")] == [
        f"process pid={pid} program=allocator{'' if pid == 1 else pid}" for pid in (1, 2, 3, 4)]
    starts = {pid: PROC_START_ADDR + 0x40000 * (pid - 1) for pid in (1, 2, 3, 4)}
    check_growth(memory)
    assert {pid: min(memory.own_mappings(process)) for pid, process in memory.processes().items()} == starts
    used = [mapping.pa for process in memory.processes().values() for mapping in memory.own_mappings(process).values()]
    assert len(used) == len(set(used))


def test_fork_makes_four_processes_that_share_what_they_cannot_write():
    memory, log = run("fork stop=20")[1:3]
    assert sum(line.startswith("fork ") for line in log) == 3
    check_growth(memory)
    for mapping in memory.own_mappings(memory.processes()[1]).values():
        page = memory.pages[mapping.pa // PAGESIZE]
        assert (page.owner, page.refcount) == ((1, 1) if mapping.writable else (PO_SHARED, 4))


def test_a_fork_bomb_fills_the_table_and_key_k_ends_it():
    outcome, memory, log, _screen = run("forkbomb stop=60 keys=29:1,30:k")
    assert outcome.status == CLEAN and memory.problems() == []
    assert sum(line.startswith("fork ") for line in log) == 34
    assert memory.processes() == {} and sorted(memory.free_list()) == memory.process_pages()


# For a minute of the machine's time where there is time for that
@pytest.mark.parametrize("words", ["fork=cow", "fork=copy"])
def test_exit_goes_on_for_ever_and_loses_nothing(words):
    outcome, memory, log, _screen = run(f"exit stop={6000 if EVERYTHING else 200} {words}")
    assert outcome.status == CLEAN and memory.problems() == []
    born = 1 + sum(line.startswith("fork ") for line in log)
    gone = sum(line.startswith("exit ") for line in log)
    assert gone > 100 and born - gone == len(memory.processes()) > 0
    assert not lines(log, "fault") and not lines(log, "panic")


def test_without_commit_a_write_may_find_no_memory():
    outcome, memory, log, _screen = run("exit stop=200 commit=off")
    assert outcome.status == DIED and memory.problems() == []
    assert any("out of memory" in text and "(write protection problem" in text for _, text in lines(log, "fault"))


### The big machine

@pytest.mark.parametrize("memory, options, least, most", [
    ("64M", (), 0x3F00000, 0x4000000),
    ("64M", ("-machine", "max-ram-below-4g=32M"), 0x1_0000_0000 + 0x1F00000, 0x1_0000_0000 + 0x2000000),
    ("112M", ("-machine", "max-ram-below-4g=64M"), 0x1_0000_0000 + 0x2F00000, 0x1_0000_0000 + 0x3000000),
])
def test_the_big_machine_has_all_memory_even_above_4_gibibytes(memory, options, least, most):
    log = run_big("test-big stop=6000", memory, *options).log
    assert (1, "ok") in lines(log, "log"), log[-3:]
    highest = next(int(text.split()[-1], 16) for _, text in lines(log, "log") if text.startswith("highest page"))
    assert least < highest < most


@pytest.mark.parametrize("memory", ["16M", "64M", "2G", "64G"])
def test_the_big_machine_boots_with_any_memory(memory):
    backend = f"memory-backend-ram,id=ram,size={memory},reserve=off"        # the host need not have so much
    log = run_big("fork stop=20", memory, "-object", backend, "-machine", "memory-backend=ram").log
    assert sum(line.startswith("fork ") for line in log) == 3 and "stop status=0x10" in log[-1]


@pytest.mark.parametrize("words", ["", "fork=copy", "heap=eager"])
def test_in_the_big_machine_too_related_processes_find_what_they_expect(words):
    outcome, memory, log, _screen = run_big(f"test-random stop=6000 {words}")
    assert outcome.status == CLEAN and (1, "ok") in lines(log, "log"), log[-3:]
    assert sum(line.startswith("fork ") for line in log) >= 3 and memory.problems() == []


def test_a_big_array_is_sieved_in_little_memory():
    log = run_big("sieve stop=6000", "64M").log
    assert (1, "78498 primes below 1000000, and it should be 78498") in lines(log, "log")


def segments(elf):
    """(flags, address, bytes in the file, size in memory) of each loadable segment."""
    data = open(elf, "rb").read()
    offset, count = struct.unpack_from("<32xQ16xH", data)[0], struct.unpack_from("<56xH", data)[0]
    for header in range(count):
        kind, flags, start, va, _, in_file, size = struct.unpack_from("<IIQQQQQ", data, offset + 56 * header)
        if kind == 1 and size:
            yield flags, va, data[start:start + in_file], size


def test_a_process_starts_with_the_memory_its_file_describes():
    """Looked at when the first process is about to run its first instruction."""
    kernel = kernel_of(built("kernel-test.elf"))
    with qemu.Machine(built("kinglet-test.img"), words="test-image", qemu=QEMU, gdb="private", paused=True) as machine:
        machine.gdb().set_breakpoint(kernel["exception_return"])
        machine.gdb().cont()
        memory = Snapshot(machine, kernel)
    registers = memory.processes()[1].registers
    assert (registers["rflags"], registers["rsp"], registers["cs"] & 3, registers["ss"] & 3) == (0x202, 0x300000, 3, 3)
    assert not any(registers[name] for name in "rax rbx rcx rdx rsi rdi rbp r8 r9 r10 r11 r12 r13 r14 r15".split())

    mappings = memory.own_mappings(memory.processes()[1])
    stack = mappings.pop(0x2FF000)
    assert (stack.writable, stack.executable, memory.read(stack.pa, PAGESIZE)) == (True, False, bytes(PAGESIZE))
    for flags, start, content, size in segments(built("user/p-test-image.elf")):
        for offset in range(0, size, PAGESIZE):
            mapping = mappings.pop(start + offset)
            assert (mapping.executable, mapping.writable) == (bool(flags & 1), bool(flags & 2))
            assert memory.read(mapping.pa, PAGESIZE) == content[offset:offset + PAGESIZE].ljust(PAGESIZE, b"\0")
    assert not mappings
    assert memory.problems() == []


def test_the_audit_takes_at_most_a_quarter_of_the_time():
    tick = 10_000_000

    def times(audit):
        """All of a run's time and the audit's, in nanoseconds, which the time-stamp counter counts here."""
        kernel = kernel_of(built("kernel-test.elf"))
        words = f"test-forkmany view=off audit={audit}"
        with qemu.Machine(built("kinglet-test.img"), words=words, qemu=QEMU, gdb="private", paused=True) as machine:
            stub = machine.gdb()
            stub.set_breakpoint(kernel["kernel_start"])
            stub.cont()
            stub.write(kernel["poison_pages"], b"\0")      # freed pages are filled with a pattern too: no part of this
            stub.clear_breakpoint(kernel["kernel_start"])
            stub.set_breakpoint(kernel["power_off"])
            stub.cont()
            numbers = [int.from_bytes(stub.read(kernel[name], 8), "little") for name in ("ticks", "audit_time")]
            return numbers[0] * tick, numbers[1]
    (total, audits), (without, one_audit) = times("on"), times("off")           # at the end is always one
    assert 50 * one_audit < audits <= (total + 8 * tick) / 4 + 2 * one_audit    # booting takes up to seven, too
    assert total - audits <= (without + tick) * 1.05                            # and what leads to it is little
