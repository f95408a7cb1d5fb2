"""trial.py - grades mutants with the grader's own library, and says what became of each

A wrong kernel must fail the checks that it names, and a report must name the function that is wrong;
a right variant must have all points. A wrong kernel is tried twice: as a change of the state that it
is written for, and as the same change of another one, the state after its own step or the last. The
verdict says where it is found: what is hidden by the rest of the kernel in one of them is a mistake
that a student keeps, or only meets later.
"""
import concurrent.futures
import contextlib
import dataclasses
import multiprocessing
import pathlib
import re
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

import labs                             # noqa: E402
import mutant as mutants                # noqa: E402
from grading import build, result       # noqa: E402
from grading.lab import Lab             # noqa: E402
from mutant import Problem              # noqa: E402

GOOD = ("killed", "right")
OUTCOMES = (*GOOD, "survived", "wrongly explained", "failed", "not graded")


@dataclasses.dataclass
class Verdict:
    """What became of one mutant: `outcome` is one of OUTCOMES. `results`: the grader's, by id."""
    mutant: mutants.Mutant
    outcome: str
    text: str = ""
    seconds: float = 0.0
    results: dict = dataclasses.field(default_factory=dict)
    elsewhere: str = ""                 # what became of it in the other state

    @property
    def good(self):
        return self.outcome in GOOD


class BuiltTree(build.Tree):
    """The grader's own tree of a lab, brought up to date once, and then for all mutants."""
    def __init__(self, lab, obj):
        super().__init__(lab, obj)
        with self.lock():
            super().update()

    def update(self):
        pass


def simple_name(function):
    """A function's name without its class and parameters."""
    return function.split("(")[0].split("::")[-1]


def names_function(report, functions):
    """Whether the report of a failed check names one of these functions, as its guess or in its sentences."""
    text = f"{report.function} {report.cause} {report.where}"
    return any(re.search(rf"(?<![\w~]){re.escape(simple_name(name))}(?!\w)", text) for name in functions)


def sentence(each):
    """What a check's report says, in a line."""
    wrong = each.wrong
    if not wrong:
        return f"{each.id}: {each.status}"
    return f"{each.id} ({wrong.function}): expected {wrong.expected}; found {wrong.found}; {wrong.cause}"


def judge_wrong(mutant, results):
    """The outcome for a wrong kernel, and why."""
    failed = [each for each in results.values() if each.status == "failed"]
    if troubles := [each for each in results.values() if each.status == "error"]:
        return "not graded", "; ".join(map(sentence, troubles))
    if not failed:
        return "survived", f"should fail {' '.join(mutant.fails)}"
    missed = [name for name in mutant.fails if results[name].status != "failed"]
    if missed:
        states = ", ".join(f"{name} {results[name].status}" for name in missed)
        return "wrongly explained", f"{states}; failed instead: {'; '.join(map(sentence, failed))}"
    if not any(names_function(results[name].wrong, mutant.functions()) for name in mutant.fails):
        wanted = " or ".join(map(simple_name, mutant.functions()))
        reports = "; ".join(sentence(results[name]) for name in mutant.fails)
        return "wrongly explained", f"no report names {wanted}: {reports}"
    return "killed", " ".join(each.id for each in failed)


def judge_right(results):
    """The outcome for a right variant, and why."""
    missed = [each for each in results.values() if each.status != "passed"]
    if not missed:
        return "right", f"{sum(each.earned for each in results.values()):g} points"
    return "failed", "; ".join(map(sentence, missed))


def needed_checks(lab, names):
    """The checks of these ids, and those that they need."""
    known, wanted = {check.id: check for check in lab.checks}, list(names)
    for name in wanted:
        if name not in known:
            raise Problem(f"lab {lab.name} has no check {name}")
        wanted += [each for each in known[name].needs if each not in wanted]
    return [check for check in lab.checks if check.id in wanted]


def grade(lab, submission, tree, checks):
    """The results of these checks, by id; Problem if the kernel cannot be built."""
    try:
        with contextlib.closing(build.Submission(lab, tree, str(submission))) as built:
            return {each.id: each for each in result.Grading(lab, checks, built.built).run(1)}
    except build.Refused as refused:
        notes = " ".join(map(str, refused.wrong.notes)) if refused.wrong else ""
        raise Problem(f"{refused.sentence} {notes}") from None


def other_state(lab_name, mutant, lab):
    """The number of the other state in which a wrong kernel is tried, or None: that after the step of
    the first check that it must fail, if it is a change of the last state; else the last."""
    layout = labs.read_lab(lab_name)
    step = {check.id: check.step for check in lab.checks}[mutant.fails[0]]
    own = [each.name for each in layout.steps].index(step) + 1
    state = layout.last if mutant.state is None else layout.step_number(mutant.state)
    other = own if state == layout.last else layout.last
    return None if other == state else other


def try_elsewhere(workshop, tree, mutant):
    """Where else a wrong kernel is found, in words."""
    state = other_state(tree.lab.name, mutant, tree.lab)
    if state is None:
        return ""
    there = dataclasses.replace(mutant, state=str(state), name=f"{mutant.name}-in-{state}")
    try:
        results = grade(tree.lab, workshop.submission(there), tree,
                        needed_checks(tree.lab, mutant.fails))
    except Problem:
        return f"cannot be made in state {state}"
    found = [each.id for each in results.values() if each.status == "failed"]
    return f"in state {state}: {' '.join(found)}" if found else f"NOT FOUND in state {state}"


def try_mutant(workshop, tree, mutant, every_check):
    """Grade one mutant. Of a wrong one, first only the checks that it must fail; all, if it does not."""
    start, results = time.monotonic(), {}
    try:
        lab = tree.lab
        submission = workshop.submission(mutant)
        few = lab.checks if mutant.kind == "right" or every_check else needed_checks(lab, mutant.fails)
        judge = judge_right if mutant.kind == "right" else lambda found: judge_wrong(mutant, found)
        results = grade(lab, submission, tree, few)
        outcome, text = judge(results)
        if mutant.kind == "wrong" and outcome == "survived" and len(few) < len(lab.checks):
            results = grade(lab, submission, tree, lab.checks)
            outcome, text = judge(results)
    except Problem as problem:
        outcome, text = "not graded", str(problem)
    elsewhere = try_elsewhere(workshop, tree, mutant) if outcome == "killed" else ""
    return Verdict(mutant, outcome, text, time.monotonic() - start, results, elsewhere)


def try_all(workshop, chosen, obj, jobs, report, every_check=False):
    """Grade these mutants, several at a time in processes of their own, and call `report(verdict)` for each."""
    workshop.prepare(chosen)
    trees = {name: BuiltTree(Lab(name), obj) for name in sorted({each.lab for each in chosen})}
    verdicts = []
    with concurrent.futures.ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        futures = [pool.submit(try_mutant, workshop, trees[each.lab], each, every_check) for each in chosen]
        for future in concurrent.futures.as_completed(futures):
            verdicts.append(future.result())
            report(verdicts[-1])
    return verdicts
