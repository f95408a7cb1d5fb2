"""How a run ends: one exit status and one line for each way. (The launcher's modes: test_launch.py.)"""
import re
import subprocess
import sys

import measure
import pytest
import monitor
import qemu
from conftest import QEMU, ROOT, clean_environment
from memory import KERNEL_OFFSET, kernel_of

JUMP_TO_SELF, UNDEFINED, RETURN = b"\xEB\xFE", b"\x0F\x0B", b"\xC3"
TRIPLE_FAULT = b"\x0F\x01\x1C\x25\x00\xE0\x09\x00\xCC"             # an interrupt table of zeros; int3


@pytest.fixture
def patched(image, kernel_elf, tmp_path):
    """patched(symbol, code): a copy of the image in which the kernel's function starts with `code`."""
    def patch(symbol, code):
        path = str(tmp_path / "patched.img")
        measure.change_kernel(image, path, {kernel_of(kernel_elf)[symbol]: code})
        return path
    return patch


@pytest.fixture
def headless(tmp_path):
    """headless(image, **environment): the launcher's run to its end; returns (exit status, its complaint, the log)."""
    def run(image, **environment):
        log = tmp_path / "log.txt"
        environment = clean_environment(**{"LOG": str(log), "QEMU": QEMU, **environment})
        command = [sys.executable, ROOT / "build" / "run.py", "headless", "--image", image]
        result = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                timeout=120, check=False)
        assert len(result.stdout.splitlines()) == 25
        sentence = re.fullmatch(f"Kinglet: (.*); the log is in {log}\n", result.stderr)
        return result.returncode, sentence[1], log.read_text()
    return run


@pytest.mark.parametrize("program, words, status, sentence", [
    ("fork", "", 0, "all went well until it was stopped at tick 20"),
    ("fork", "keys=5:q", 0, "all went well; it was ended by q at tick 5"),
    ("test-main", "", 0, r"all went well; the last process ended by tick \d+"),
    ("test-interrupts", "", 1, "a process faulted or panicked: Process 2 general protection .*"),
    ("test-panic", "", 1, "a process faulted or panicked: panic pid=.*"),
])
def test_make_run_headless_tells_how_the_run_ended(program, words, status, sentence, make, tmp_path):
    result = make(f"run-headless-{program}", "TIME=0.2", f"BOOT={words}")
    assert (result.returncode != 0) == (status != 0)
    told = re.sub("^make.*\n", "", result.stderr, flags=re.MULTILINE)
    assert re.fullmatch(f"Kinglet: {sentence}; the log is in {tmp_path}/log.txt\n", told)


def test_an_audit_finding_is_told(headless, patched):
    status, sentence, log = headless(patched("kfree", RETURN), BOOT="exit", TIME="0.1")
    assert status == 1 and sentence.startswith("the audit found something wrong: audit: ") and "audit: " in log


def test_a_kernel_panic_is_told(headless, patched):
    status, sentence, log = headless(patched("fork_process", UNDEFINED), BOOT="fork")
    assert status == 1
    assert sentence.startswith("the kernel panicked: kernel panic: kernel invalid opcode")
    assert "kernel panic: kernel invalid opcode" in log and " in fork_process\n" in log


def test_a_wedged_kernel_is_told(headless, patched):
    status, complaint, _log = headless(patched("syscall_yield", JUMP_TO_SELF), TIME="0.1")
    assert status == 1 and "the kernel is wedged" in complaint


def test_a_triple_fault_is_told(headless, patched):
    status, complaint, _log = headless(patched("syscall_yield", TRIPLE_FAULT))
    assert status == 1 and "triple-faulted" in complaint


def test_a_program_whose_file_is_broken_is_not_started(headless, image, tmp_path):
    with open(image, "rb") as file:
        kernel_start, programs = file.read(KERNEL_OFFSET + 16), file.read()
    broken = tmp_path / "broken.img"
    broken.write_bytes(kernel_start + programs.replace(b"\x7fELF\x02", b"\x7fELF\x01"))
    status, complaint, log = headless(str(broken))
    assert status == 1 and complaint.startswith('no program started: cannot start "allocator')
    assert log.count('warning cannot start "allocator') == log.count("not a 64-bit ELF file") == 4


@pytest.mark.parametrize("words, expected", [
    ("nonsense view=off", 'warning cannot start "nonsense" as process 1: no such program'),
    ("a-name-that-is-longer-than-any-program-of-any-course-may-ever-be-s view=off",
     "warning boot word not understood: a-name-that-is-longer-than-any-program-of-any-course-may-ever-be-s"),
])
def test_what_cannot_be_started_is_told(words, expected, machine):
    started = machine(words + " stop=3")
    outcome = started.run(20)
    assert expected in started.log()
    assert outcome.status == qemu.EXIT_NO_PROGRAM


def test_a_machine_does_not_start_before_somebody_listens(monkeypatch, machine):
    command, states = monitor.Monitor.command, []

    def listened(monitor, name, **arguments):
        answer = command(monitor, name, **arguments)
        if name == "qmp_capabilities":              # from here on events come
            states.append(command(monitor, "query-status")["status"])
        return answer

    monkeypatch.setattr(monitor.Monitor, "command", listened)
    assert machine("nonsense view=off").run(20).status == qemu.EXIT_NO_PROGRAM
    assert states == ["prelaunch"]


@pytest.mark.parametrize("word", ["colour=on", "view=maybe", "pace=fast", "pace=-1", "pace=1000001", "stop=",
                                  "stop=1x", "audit", "keys=1", "keys=x:f", "keys=5:ff", "keys=9:f,3:q", "=",
                                  "view=off=off", "machine=small", "fork=maybe", "heap=", "log=all"])
def test_an_unknown_boot_word_is_a_warning_and_nothing_more(word, machine):
    started = machine(f"hello {word} view=off stop=20")
    outcome = started.run(20)
    assert outcome.status == qemu.EXIT_CLEAN
    warnings = [line for line in started.log().splitlines() if line.startswith("warning ")]
    assert len(warnings) == 1 and word.removeprefix("keys=").split(",")[-1] in warnings[0]


def test_a_line_of_boot_words_may_be_too_long(machine):
    started = machine("hello view=off " + "x=y " * 100)
    assert started.run(20).status == qemu.EXIT_CLEAN
    assert max(map(len, started.log().splitlines())) <= 400


def test_every_line_of_the_log_is_of_a_known_kind(machine):
    kinds = set("start machine boot process fork spawn exec exit kill resolved fault panic backtrace log audit: kernel "
                "key warning stop".split())
    for words in ("test-panic view=off", "test-pointers view=off", "test-exec view=off", "test-spawn view=off",
                  "test-kill view=off", "test-lazy view=off log=faults", "fork keys=3:space,4:s,5:space,6:k stop=20"):
        started = machine(words)
        started.run(20)
        log = started.log()
        assert {line.split()[0] for line in log.splitlines()} <= kinds and log.endswith("\n")
        assert log.startswith(f'start Kinglet boot="{words}"\n')
        assert re.fullmatch("stop status=0x1[01] tick=[0-9]+", log.splitlines()[-1])
        assert all(" " <= character <= "~" for character in log.replace("\n", ""))
        assert max(map(len, log.splitlines())) <= 400
