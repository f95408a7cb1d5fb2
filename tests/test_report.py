"""test_report.py - a grading as text: what a person reads first fits on a screen"""
import io
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "build")]

from grading import report, result      # noqa: E402
from grading.lab import Lab             # noqa: E402

ROWS = 24


def say(lab, passed=(), full=False):
    """What the grader says if just the checks `passed` pass: lines."""
    results = [result.Result.of(check) for check in lab.checks]
    file = io.StringIO()
    text = report.Text(results, lab.titles, False, file, full)
    for each, check in zip(results, lab.checks):
        each.lacks = tuple(name for name in check.needs if name not in passed)
        each.status = "passed" if check.id in passed else "blocked" if each.lacks else "failed"
        each.earned = each.points if each.status == "passed" else 0
        if each.status != "passed":
            each.wrong = result.Report("this", "cannot be judged without that" if each.lacks else "that",
                                       ["a moment", "an address", "a run"], "a_function", "a cause",
                                       "a picture\n" * 12, ["again", "replay"])
        text.add(each)
    text.total(results, 3.0)
    return file.getvalue().splitlines()


@pytest.mark.parametrize("name", ["start", "vm", "faults"])
def test_the_first_grading_of_a_hand_out_fits_on_a_screen(name):
    lab = Lab(name)
    lines = say(lab)
    assert len(lines) <= ROWS
    assert sum("expected" in line for line in lines) == 1
    assert all(any(title in line for line in lines) for title in lab.titles.values())


def test_what_is_lost_for_lack_of_another_check_is_one_line():
    lab = Lab("faults")
    lines = say(lab, passed=("null-unmapped",))
    assert not any("cannot be judged without that" in line for line in lines)
    assert [line for line in lines if "cannot be judged without null-stops" in line or
            "cannot be judged without guard-stops" in line]


def test_who_names_a_step_sees_all_of_it():
    lab = Lab("faults")
    lines = say(lab, full=True)
    assert sum("expected" in line for line in lines) > 5
    assert sum("cannot be judged without that" in line for line in lines) > 20
    assert all(any(check.id in line for line in lines) for check in lab.checks)
