"""Every sequence of a few operations on the kernel's own memory sources (tests/prove), and that bugs there are found.

`make prove` plays more of them, `make prove-bugs` plants all bugs.
"""
import re
import subprocess
import sys

import pytest
from conftest import ROOT, built

sys.path.insert(0, str(ROOT / "tests" / "prove"))

import bugs                             # noqa: E402
import functions                        # noqa: E402
import mutant as mutants                # noqa: E402

SCENES = ("pages", "promises", "copies", "processes", "scarce", "far", "border")
KERNELS = ("all", "none", "without-cow", "without-promises", "without-shared_tables", "without-zero_page")
MEMORY_SOURCES = sorted(path.relative_to(ROOT).as_posix() for folder in ("page", "memory")
                        for path in (ROOT / "kernel" / folder).glob("*.*"))


def prove(kernel, scene, operations):
    command = [built(f"prove/prove-{kernel}"), kernel, scene, str(operations)]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.parametrize("kernel", KERNELS)
def test_after_every_sequence_of_operations_memory_is_as_the_model_says(kernel):
    operations = 4 if kernel == "all" else 3
    for scene in SCENES:
        result = prove(kernel, scene, operations)
        assert result.returncode == 0, result.stderr
        states, steps = map(int, re.search(r": (\d+) states, (\d+) steps", result.stdout).groups())
        assert 50 < states < steps, result.stdout


def test_each_function_of_the_memory_sources_has_a_bug_or_a_reason():
    named = {(bug.path, bug.function) for bug in bugs.read_bugs()} | mutants.read_kernel_mutants()[1]
    covered = {(path, str(each)) for path, name in named
               for each in functions.named(functions.find_functions(path), name)}
    defined = {(path, str(each)) for path in MEMORY_SOURCES for each in functions.find_functions(path)}
    assert defined - covered == set()
    for path, name in named:
        assert functions.named(functions.find_functions(ROOT / path), name), f"{path} has no {name}"


def test_a_bug_is_found_and_the_shortest_way_to_it_told(make):
    built("prove/prove-all")
    result = make("prove-bugs", "ONLY=kernel/memory/cow.cc:resolve_write")
    assert "found  kernel/memory/cow.cc:resolve_write: everything: after these " in result.stdout, result.stdout
    command = [built("prove-bugs/cow.cc-resolve_write/prove"), "all", "pages", "3"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1
    title, *steps = [line for line in result.stderr.splitlines() if line.startswith(("Kinglet:", " "))]
    assert re.match(r"Kinglet: pages: after these \d operations, ", title)
    assert any(re.fullmatch(r" +\d  process 1 calls fork\(\)", step) for step in steps)
    assert re.fullmatch(r" +\d  process \d writes 0x\w+ to 0x\w+", steps[-1])
