"""The machine and the model of `make prove` take the same steps, and agree after each: a few seeds, always the same, of
what `make model` does for as long as one has time."""
import os
import re
import subprocess
import sys

import model
import model_replay
import model_steps
import planted
import pytest
from conftest import OBJ, QEMU, ROOT, built, clean_environment
from model_replay import (E_NOMEM, EXECUTE, FORK, MAPPING, PAGE_ALLOC, READ, SBRK, STATUS_FAULTED, SYSCALL, TOUCH_READ,
                          TOUCH_WRITE, WAIT, WRITE, Step)
from mutant import KernelMutant

STEPS, FEW = 400, 120


def setup(**settings):
    return model.Setup(str(OBJ), qemu=QEMU, **settings)


OTHERS = [setup(words="fork=copy heap=eager"), setup(memory="256M", words="machine=big"),
          *(setup(without=room) for room in ("cow", "promises", "shared_tables", "zero_page"))]


def test_after_each_call_and_access_the_page_tables_are_as_a_plain_model_has_them():
    result = model.run(setup(), model_steps.wishes(1, STEPS))
    assert result.problems == [] and len(result.steps) == STEPS
    assert result.succeeded > STEPS / 2
    assert sum(bool(step.refuse) for step in result.steps) > STEPS / 20
    numbers = {step.number for step in result.steps if step.what == SYSCALL}
    assert numbers >= set(range(1, 19)), "not all system calls"


@pytest.mark.parametrize("other", OTHERS, ids=lambda each: each.without or each.words)
def test_so_they_are_in_other_machines_and_without_any_one_room(other):
    result = model.run(other, model_steps.wishes(2, FEW))
    assert result.problems == [] and len(result.steps) == FEW


def test_a_run_is_the_same_each_time():
    first, second = (model.run(setup(), model_steps.wishes(3, 60)) for _ in range(2))
    assert (first.steps, first.answers, first.log) == (second.steps, second.answers, second.log)


PAGE = 0x240000


def test_what_the_machine_does_otherwise_than_the_model_is_told(tmp_path):
    steps = [Step(1, SYSCALL, PAGE_ALLOC, PAGE), Step(1, TOUCH_WRITE, 0, PAGE, 61), Step(1, SYSCALL, FORK),
             Step(2, TOUCH_WRITE, 0, PAGE, 62), Step(1, TOUCH_READ, 0, PAGE)]
    result = model.run(setup(), steps)
    assert (result.problems, result.answers) == ([], [0, 0, 2, 0, 61])
    wrong_line = "page.frame = ++last_frame_"
    never_copied = KernelMutant("tests/prove/model_memory.cc", "model::own", wrong_line, "", ("model",))
    wrong = planted.build(never_copied, tmp_path, OBJ, "replay") / "replay"
    problems = model.run(setup(model=str(wrong)), steps).problems
    assert any(each.startswith("pid 2, 0x240000: page 0x") for each in problems), problems


def test_the_model_by_itself_says_what_processes_have_after_each_step():
    data, code = 0x101000, 0x100000
    segments = [(code, b"\xC3", 0x1000, READ | EXECUTE), (data, b"", 0x1000, READ | WRITE)]
    settings = model_replay.Settings({"first": segments})
    with model_replay.Model(built("replay"), settings) as plain:
        assert list(plain.slots) == [1] and plain.slots[1].space.pages[code].content == b"\xC3" + bytes(0xFFF)
        assert plain.make(Step(1, SYSCALL, FORK)) == 2
        parent, child = (plain.slots[pid].space.pages for pid in (1, 2))
        assert child == parent
        assert plain.make(Step(2, TOUCH_WRITE, 0, data, 61)) == 0
        child = plain.slots[2].space.pages
        assert child[code] == parent[code] and child[data].frame != parent[data].frame
        assert (child[data].content, parent[data].content) == (b"\x3D" + bytes(0xFFF), bytes(0x1000))
        assert plain.blocks(Step(1, SYSCALL, WAIT)) and not plain.blocks(Step(2, SYSCALL, WAIT))
        assert plain.make(Step(2, TOUCH_WRITE, 0, code, 61)) is None
        assert plain.make(Step(1, SYSCALL, WAIT, 0, data)) == 2 and list(plain.slots) == [1]
        assert plain.make(Step(1, TOUCH_READ, 0, data)) == STATUS_FAULTED


def test_a_line_that_the_model_does_not_understand_ends_it():
    for line in "start", "kernel", "segment 1", "program x\nsegment x", "program x\nstart\nstep 1":
        ended = subprocess.run([built("replay")], input=f"{line}\n", text=True, capture_output=True, check=False)
        assert ended.returncode == 1 and ended.stderr.startswith("Kinglet: replay: "), line


def test_a_refused_page_is_an_error_and_changes_nothing():
    heap = model.symbols_of(setup().program)["end"]
    steps = [Step(1, SYSCALL, PAGE_ALLOC, PAGE, refuse=1), Step(1, SYSCALL, SBRK, 0x1000), Step(1, SYSCALL, FORK),
             Step(2, TOUCH_READ, 0, heap, refuse=1), Step(1, SYSCALL, MAPPING, PAGE, heap, refuse=1),
             Step(2, TOUCH_WRITE, 0, heap, 61, refuse=1), Step(1, SYSCALL, WAIT, 2, heap), Step(1, TOUCH_READ, 0, heap)]
    result = model.run(setup(), steps)
    assert result.problems == []
    assert result.answers == [E_NOMEM, heap, 2, 0, E_NOMEM, None, 2, STATUS_FAULTED]


def test_a_long_list_that_fails_becomes_the_shortest():
    tried = []

    def fails(part):
        tried.append(part)
        return len(part) if {3, 40, 41} <= set(part) else None

    assert model_steps.shortened(list(range(100)), fails) == [3, 40, 41]
    assert len(tried) < 100


def start(folder, action="run", **settings):
    return subprocess.run([sys.executable, str(ROOT / "tests" / "model.py"), action], text=True, check=False,
                          env=clean_environment(OBJ=str(folder), QEMU=QEMU, **settings), capture_output=True,
                          timeout=100)


def test_a_wrong_line_in_the_kernel_is_found_told_in_the_fewest_steps_and_shown_again(tmp_path):
    [bug] = [each for each in planted.read_bugs(["inherit_page"]) if "PTE_COW" in each.was]
    wrong = planted.build(bug, tmp_path, OBJ, "failing.img")
    result = start(wrong, SEED="1", CALLS="300")
    assert result.returncode == 1, result.stdout + result.stderr
    found = re.search(r"^seed 1, (\d+) steps: (.*)\nagain:     make model SEQUENCE=(.*)\n"
                      r"under gdb: make model-gdb SEQUENCE=\3\n", result.stdout, re.MULTILINE)
    assert int(found[1]) <= 6
    assert re.search(r"pid \d+: sys_fork\(\) = \d+\n", result.stdout)
    again = start(wrong, SEQUENCE=found[3])
    assert again.returncode == 1 and found[2] in again.stdout
    log = tmp_path / "log.txt"
    shown = start(wrong, "gdb", SEQUENCE=found[3], LOG=str(log), GDBFLAGS="-batch -ex continue",
                  GDB=os.environ.get("GDB", ""))
    assert "exit_port" in shown.stdout or "power_off" in shown.stdout, shown.stdout + shown.stderr
    assert re.search(r"^fork pid=2 parent=1$", log.read_text("latin-1"), re.MULTILINE)


def test_settings_that_make_no_sense_are_refused_in_one_line():
    for name, value in ("SEED", "x"), ("MINUTES", "-1"), ("SEQUENCE", "/nowhere"):
        result = start(OBJ, **{name: value})
        assert result.returncode == 1 and re.fullmatch(rf"Kinglet: {name}={value}: .*; .*\n", result.stderr)
    result = start("/nowhere", SEED="1")
    assert result.returncode == 1 and result.stderr.startswith("Kinglet: ") and result.stderr.count("\n") == 1
