"""test_dishonest.py - who wants points for nothing gets none, and who wants to know what is not his learns nothing

The submissions are in dishonest.toml. `make check` takes every fourth of them, `make check-long` all.
"""
import pathlib
import re
import tomllib

import pytest
from conftest import EVERYTHING, ROOT

from grading import build, guest, result, sandbox
from grading.lab import Lab
from grading.machine import Scenario
from toy_lab import RIGHT

ALL = {each["name"]: each for each in
       tomllib.loads((ROOT / "tests" / "dishonest.toml").read_text(encoding="utf-8"))["kernel"]}
# What costs little, and shows that the grader does not go by names, hides what is hidden, and gives up in time
QUICK = ("forges the log", "is right while a program's name begins with check-", "prints the names of all programs",
         "prints memory as numbers", "takes in the solution", "repeats without end", "looks for all that is in memory",
         "turns the watchdog off and loops")
SECRET = "violets are blue"


def texts(report):
    """All that a report says."""
    return [report.expected, report.found, *report.where, report.function, report.cause, report.picture] if report else []


def judged(root, folder):
    """(points, what its author reads) of a submission."""
    lab = Lab("toy", str(root))
    try:
        submission = build.Submission(lab, build.Tree(lab, root / "obj"), folder)
    except build.Refused as refused:
        return None, [refused.sentence, *map(str, refused.wrong.notes)]
    try:
        results = result.Grading(lab, lab.chosen(), submission.built).run()
    finally:
        submission.close()
    return sum(each.earned for each in results), [line for each in results for line in texts(each.wrong)]


def test_there_are_enough_kinds():
    assert len(ALL) >= 28 and set(QUICK) <= set(ALL)


@pytest.mark.parametrize("name", ALL if EVERYTHING else QUICK)
def test_earns_nothing_and_learns_nothing_who(name, root, submit):
    each = ALL[name]
    more, body = (each.get(key, default).replace("{root}", str(root)) for key, default in
                  (("more", ""), ("body", RIGHT if each.get("refused") else "return 0;")))
    if "{root}" in each.get("more", "") and sandbox.problem():
        pytest.skip(f"not confined: {sandbox.problem()}")
    points, said = judged(root, submit(body, more))
    assert points == (None if each.get("refused") else 0), said
    assert any(re.search(each.get("told", ""), line) for line in said), said
    assert not any(SECRET in line or SECRET.encode().hex() in line for line in said)
    assert max(map(len, said)) <= 2000 and "\033" not in "".join(said)


### What there is to be read

def test_nothing_of_hidden_programs_can_be_read_while_a_submission_is_compiled(root, submit):
    lab = Lab("toy", str(root))
    tree = build.Tree(lab, root / "obj")
    submission = build.Submission(lab, tree, submit())
    try:
        files = [path for path in pathlib.Path(submission.work).rglob("*") if path.is_file()]
        assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
        assert [path.name for path in files if "check" in path.name and "user" in path.parts] == []
        images = {check.id: submission.built.of(check.scenarios[0][0]).image for check in lab.checks}
        secret = {name for name, path in images.items() if SECRET.encode() in pathlib.Path(path).read_bytes()}
        assert secret == {"after"}
    finally:
        submission.close()


def test_a_guests_name_and_addresses_depend_on_the_seed_and_on_nothing_else(tmp_path):
    guests = guest.Guests(str(tmp_path), {"check-one", "check-four", "check-four2", "check-four3", "check-four4"})
    menu = ["allocator", "allocator2", "allocator3", "allocator4", "exit", "fork", "hello", "isolation"]

    def shown(seed, program="check-one"):
        return [each.shown for each in guests.of(Scenario(program, seed=seed), menu)]
    names = [shown(seed)[0] for seed in range(40)]
    assert names == [shown(seed)[0] for seed in range(40)] and set(names) == {"exit", "fork", "hello", "isolation"}
    assert shown(3, "check-fours") == menu[:4]
    assert len({guest.variant("check-one", seed) for seed in range(40)}) > 30
    assert guest.salted(7, "") == 7 and len({guest.salted(7, salt) for salt in ("", "a", "b")}) == 3
