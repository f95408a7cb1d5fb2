"""Running out of memory at every point: failing.img, whose kernel refuses the page that p-test-nomemory says."""
import functools
import re

import pytest
import qemu
from conftest import QEMU, built

WORDS = ["", "fork=copy", "heap=eager", "fork=copy heap=eager"]
SETTINGS = [(words, memory) for memory in ("16M", "256M") for words in WORDS]


@functools.cache
def run(words, memory, image="failing.img"):
    machine = "big" if memory == "256M" else "weensy"
    line = f"test-nomemory machine={machine} {words} view=off audit=on stop=6000"
    with qemu.Machine(built(image), words=line, memory=memory, qemu=QEMU) as started:
        outcome = started.run(100)
        return outcome, started.log().splitlines()


def refusals(log):
    """{operation: how often a page was refused before there were enough}"""
    found = (re.fullmatch(r"log pid=1: (.*): (\d+) refusals", line) for line in log)
    return {match[1]: int(match[2]) for match in found if match}


@pytest.mark.parametrize("words, memory", SETTINGS)
def test_whichever_page_is_refused_nothing_is_lost_and_all_else_goes_on(words, memory):
    outcome, log = run(words, memory)
    assert (outcome.kind, outcome.status) == ("exit", qemu.EXIT_FAULT), log[-3:]
    assert "log pid=1: ok" in log
    assert [line for line in log if line.split()[0] in ("warning", "audit:", "kernel") or ": not ok" in line] == []


@pytest.mark.parametrize("words, memory", SETTINGS)
def test_a_fault_that_finds_no_memory_says_so(words, memory):
    faults = [line for line in run(words, memory)[1] if line.startswith("fault ")]
    assert faults and all(re.match(r"fault pid=(\d+): Process \1 out of memory on 0x", line) for line in faults)


def test_every_operation_that_takes_pages_has_met_a_refusal():
    weensy, big, eager, copying = (refusals(run(*setting)[1]) for setting in (
        ("", "16M"), ("", "256M"), ("heap=eager", "16M"), ("fork=copy", "16M")))
    taking = {"page_alloc", "first write", "stack", "copy", "fork", "spawn", "exec", "wait", "memory"}
    shared = {"page_alloc in a shared table", "page_free in a shared table", "sbrk back", "first read",
              "copy in a shared table", "mprotect in a shared table"}
    assert all(weensy[name] > 0 for name in taking)
    assert all(big[name] > 0 for name in taking | shared)
    assert (eager["sbrk"], eager["sbrk around a page"]) == (20, 19) and weensy["sbrk"] == 0
    assert copying["fork"] > weensy["fork"] >= 5
    assert weensy["exit"] == big["exit"] == weensy["kill"] == big["kill"] == 0
