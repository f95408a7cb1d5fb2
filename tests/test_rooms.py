"""Rooms: the kernel without any one of them runs all programs that do not need it, and what it then does is plainer."""
import functools
import re

import pytest
import qemu
from conftest import QEMU, built, sample
from test_programs import BIG, EXPECTED, LECTURES, SAYS_NOTHING, attempts

# room: the programs that test it, count pages as only it makes them, or have no memory without it
TESTED_BY = {
    "cow": {"test-big", "test-cow", "test-tables"},
    "promises": {"test-big", "test-frames", "test-lazy", "test-nomemory", "test-random", "test-stackgrowth",
                 "test-tables", "test-zeropage"},
    "zero_page": {"test-tables", "test-zeropage"},
    "owed": set(),
    "shared_tables": {"test-big", "test-tables"},
    "files": {"test-pipe", "test-pipec", "test-pipeends"},
}
ELSEWHERE = {"bench", "test-nmi"}               # figures, and a long run that has little to do with memory
RUNS = [(room, name) for room in TESTED_BY
        for name in EXPECTED if name not in TESTED_BY[room] | LECTURES | ELSEWHERE]
RUNS_OF_LECTURES = [(room, name) for room in TESTED_BY for name in sorted(LECTURES)]


def run(image, words, memory="16M"):
    line = f"{words} view=off" + ("" if "stop=" in words else " stop=6000")
    with qemu.Machine(built(image), words=line, memory=memory, qemu=QEMU) as machine:
        return machine.run(100), machine.log().splitlines()


def complaints(log):
    return [line for line in log if line.split()[0] in ("warning", "audit:", "kernel") or ": not ok" in line]


@pytest.mark.parametrize("room, name", sample(RUNS, 10))
def test_without_a_room_programs_that_do_not_test_it_come_to_their_expected_end(room, name):
    size = ("machine=big", "64M") if name in BIG else ("", "16M")
    outcome, log = run(f"without-{room}.img", f"{name} audit=on {size[0]}", size[1])
    status, faults, panics, _forks = EXPECTED[name]
    assert (outcome.kind, outcome.status) == ("exit", status), log[-3:]
    assert complaints(log) == []
    assert "log pid=1: ok" in log or name in SAYS_NOTHING
    assert sum(line.startswith("fault ") for line in log) == faults
    assert sum(line.startswith("panic ") for line in log) == panics
    assert all(attempt and fault for attempt, fault in attempts(log))


@pytest.mark.parametrize("room, name", sample(RUNS_OF_LECTURES, 3))
def test_without_a_room_lectures_come_to_an_end(room, name):
    outcome, log = run(f"without-{room}.img", f"{name} audit=on")
    assert outcome.kind == "exit" and complaints(log) == [], log[-3:]
    assert log[-1].startswith("stop ") and int(log[-1].rpartition("tick=")[2]) < 6000


@pytest.mark.parametrize("room", TESTED_BY)
def test_without_a_room_courses_programs_go_on_for_ever(room):
    for program in ("allocators", "fork") + (("exit",) if room != "owed" else ()):   # there a write may fail
        outcome, log = run(f"without-{room}.img", f"{program} audit=on stop=10")
        assert outcome.status == qemu.EXIT_CLEAN and complaints(log) == [], log[-3:]


@functools.cache
def pages_taken(image, words="", big=False):
    """What p-test-rooms found: {step: pages}"""
    size = ("machine=big", "128M") if big else ("", "16M")
    _outcome, log = run(image, f"test-rooms audit=on {words} {size[0]}", size[1])
    found = next(line for line in log if "sbrk=" in line)
    return {step: int(pages) for step, pages in re.findall(r"(\w+)=(\d+)", found)}


WHOLE = "kinglet-test.img"


def test_a_heap_is_a_promise_and_without_that_room_or_by_a_word_memory_at_once():
    assert pages_taken(WHOLE).items() >= {"sbrk": 0, "read": 0, "write": 20}.items()
    for plain in (("without-promises.img",), (WHOLE, "heap=eager")):
        assert pages_taken(*plain).items() >= {"sbrk": 20, "read": 0, "write": 0}.items()


def test_reading_a_promise_takes_no_page_and_without_the_page_of_zeros_one():
    assert pages_taken("without-zero_page.img").items() >= {"sbrk": 0, "read": 1, "write": 19}.items()


def test_fork_copies_no_pages_and_without_copy_on_write_or_by_a_word_all():
    shared = pages_taken(WHOLE)["fork"]
    for plain in (("without-cow.img",), (WHOLE, "fork=copy")):
        assert 20 <= pages_taken(*plain)["fork"] - shared < 25


def test_fork_copies_no_last_level_tables_and_without_their_sharing_all():
    shared = pages_taken(WHOLE, big=True)["fork"]
    assert shared < 10
    assert pages_taken("without-shared_tables.img", big=True)["fork"] == shared + 20


def test_a_stack_is_promised_more_pages_and_without_that_room_none():
    assert (pages_taken(WHOLE)["stack"], pages_taken(WHOLE, big=True)["stack"]) == (15, 2047)
    plain = "without-promises.img"
    assert (pages_taken(plain)["stack"], pages_taken(plain, big=True)["stack"]) == (0, 0)


CHOICES = [(words, name) for name in ("test-buffers", "test-cowchain", "test-exec", "test-fork", "test-forkmany",
                                      "test-mprotect", "test-sbrk", "test-stackgrowth", "test-wait")
           for words in ("fork=copy", "heap=eager", "fork=copy heap=eager")]


@pytest.mark.parametrize("words, name", sample(CHOICES, 2))
def test_choices_at_boot_change_no_result(words, name):
    outcome, log = run(WHOLE, f"{name} audit=on {words}")
    assert outcome.status == EXPECTED[name][0] and "log pid=1: ok" in log and complaints(log) == [], log[-3:]
