"""test_grade_states.py - a student who did n steps of a lab has the points of these steps, and no others

So it is for every state of every lab (`make check-long`): the states, the kernel they come from, and the checks agree.
"""
import json
import os
import subprocess
import sys

import pytest

import conftest
import labs
from grading.lab import Lab

# Later states take longer; they come first, so that in the end no core waits for another.
STATES = [pytest.param(name, n, id=f"{name}-{n}") for name, n in sorted(
    ((name, n) for name in labs.lab_names() if (conftest.ROOT / "labs" / name / "checks.toml").is_file()
     for n in range(labs.read_lab(name).last + 1)), key=lambda state: (-state[1], state))]


# One of each lab is graded in `make check`: the last one, if none is named here.
GRADED = {"faults": 2, "start": 1}


def is_graded(name, n):
    return conftest.EVERYTHING or n == GRADED.get(name, labs.read_lab(name).last)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name, n", [state for state in STATES if is_graded(*state.values)])
def test_a_state_earns_exactly_the_points_of_its_steps(name, n, tmp_path):
    lab = labs.read_lab(name)
    labs.state_tree(lab, n, tmp_path / "state")
    command = [sys.executable, conftest.ROOT / "tests/grade", "--lab", name, "--no-color", "--json",
               tmp_path / "result.json", tmp_path / "state"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
                            env=conftest.clean_environment(OBJ=os.environ.get("OBJ") or str(conftest.ROOT / "obj")))
    assert answer.returncode == 0, answer.stderr
    checks = json.loads((tmp_path / "result.json").read_text())["checks"]
    done = {step.name for step in lab.steps[:n]}
    wrong = [f"{check['id']} of step {check['step']}: {check['status']}, {check['wrong']}" for check in checks
             if (check["status"] == "passed") != (check["step"] in done) or check["status"] in ("error", "pending")]
    assert not wrong, "\n".join(wrong)
    assert sum(check["earned"] for check in checks) == sum(check["points"] for check in checks if check["step"] in done)


@pytest.mark.parametrize("name", dict.fromkeys(state.values[0] for state in STATES))
def test_the_points_of_a_lab_are_100_and_every_step_has_some(name):
    lab, checks = labs.read_lab(name), Lab(name).checks
    assert sum(check.points for check in checks if not check.extra) == 100
    for step in lab.steps:
        assert sum(check.points for check in checks if check.step == step.name) > 0, step.name
