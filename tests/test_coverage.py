"""The counting of lines that ran (tests/coverage/): what one machine ran is what is told, and nothing else is."""
import re
import shutil
import subprocess
import sys

import pytest
import qemu
from conftest import ROOT, built, comes

@pytest.fixture
def count(machine, monkeypatch, tmp_path):
    """count(words): runs them in a machine that is counted; what it wrote is then the only file in `tmp_path`."""
    def run(words, killed=False):
        shutil.copy(built("coverage/plugin.so"), tmp_path)
        monkeypatch.setenv("KINGLET_COVERAGE", str(tmp_path))
        started = machine(words)
        if killed:
            assert comes(started, "pid=4", 20)
            started.process.kill()
            started.process.wait()
        else:
            assert started.run(20).status == qemu.EXIT_CLEAN
        assert len(list(tmp_path.glob("machine-*"))) == 1
    return run


def report(folder, *elfs, least=0):
    command = [sys.executable, ROOT / "tests/coverage/report.py", folder, "--elf", *map(built, elfs), "--info",
               folder / "info", "--least", str(least)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def counts(folder, name):
    """{text of a line: how often it ran} for a source file, as the report tells other tools."""
    told = re.search(f"SF:{ROOT / name}\n(.*?)end_of_record", (folder / "info").read_text(), re.DOTALL)[1]
    source = (ROOT / name).read_text().splitlines()
    return {source[int(line) - 1].strip(): int(ran) for line, ran in re.findall(r"DA:(\d+),(\d+)", told)}


def test_each_line_is_told_to_have_run_as_often_as_it_did(count, tmp_path):
    count("hello view=off")
    told = report(tmp_path, "stage1.elf", "stage2.elf", "kernel-test.elf").stdout
    assert counts(tmp_path, "boot/boot.S")["cli"] == counts(tmp_path, "kernel/kernel.cc")["init_processes();"] == 1
    calls = counts(tmp_path, "kernel/syscall.cc")
    assert {line.split('"')[1]: ran for line, ran in calls.items() if re.match('log_printf."(exit|kill)', line)} == {
        "exit pid=%d": 1, "exit pid=%d status=%d": 0, "kill pid=%d by=%d": 0}
    panic = counts(tmp_path, "kernel/device/panic.cc")
    assert panic and not any(panic.values())
    assert re.search(r"kernel/device/panic.cc:\d+: dying = true;", told)
    assert "1 machines: stage1.elf 1, stage2.elf 1, kernel-test.elf 1, none of these 0" in told


def test_what_a_machine_ran_is_told_even_if_qemu_is_killed(count, tmp_path):
    count("fork", killed=True)
    report(tmp_path, "kernel-test.elf")
    assert [ran for line, ran in counts(tmp_path, "kernel/syscall.cc").items() if '"fork pid' in line] == [3]


def test_what_another_kernel_ran_does_not_count(count, tmp_path):
    count("hello view=off")
    told = report(tmp_path, "without-cow.elf", least=98)
    assert "1 machines: without-cow.elf 0, none of these 1" in told.stdout and " 0.0          in all" in told.stdout
    assert told.returncode == 1 and told.stderr == "Kinglet: 0.0 % of the lines were reached, less than 98 %\n"


def test_that_nothing_was_counted_is_told(tmp_path):
    told = report(tmp_path, "kernel-test.elf")
    assert told.returncode == 1
    assert told.stderr == f"Kinglet: no machine has written into {tmp_path}: use make coverage\n"
