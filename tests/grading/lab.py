"""lab.py - what a lab's lab.toml and checks.toml say, as far as the grader needs it

labs/NAME/lab.toml is read for the lab's title, a student's files and the steps; checks.toml for the checks, whose
properties are functions of checks.py and hidden_checks.py beside it. Whatever is wrong there is a Problem, in one line.
"""
import dataclasses
import importlib.util
import os
import sys
import tomllib

from grading import ROOT
from grading.machine import Scenario
from qemu import Problem

VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")
KEYS = {"id": str, "step": str, "title": str, "points": (int, float), "visibility": str, "needs": list, "program": str,
        "property": str, "seconds": (int, float), "disturbs": bool, "scenario": list}
NEEDED = ("id", "step", "title", "program", "property")
SCENARIO_KEYS = {"seed": int, "words": str, "dirty": bool, "seconds": (int, float)}


@dataclasses.dataclass(frozen=True)
class Check:
    """One check. `scenarios`: pairs of a machine.Scenario and the table it comes from; `owner` tells runs apart that
    are not shared."""
    id: str
    step: str
    title: str
    program: str
    property: str
    points: float = 0
    visibility: str = "visible"
    needs: tuple = ()
    disturbs: bool = False
    extra: bool = False
    scenarios: tuple = ()


class Lab:
    """The lab called `name` in `root`, a finished tree, a hand-out, or what an autograder has unpacked."""

    def __init__(self, name, root=ROOT):
        self.name, self.root = name, root
        self.folder = os.path.join(root, "labs", name or "?")
        if not name or not os.path.isfile(os.path.join(self.folder, "lab.toml")):
            given = f"there is no lab {name}" if name else "LAB= is missing"
            raise Problem(f"{given}; there are: {' '.join(lab_names(root)) or 'none'}")
        table = self._read("lab.toml")
        self.title = table.get("title", name)
        self.files = table.get("files", [])
        self.steps = [step["name"] for step in table.get("step", [])]
        self.titles = {step["name"]: step.get("title", step["name"]) for step in table.get("step", [])}
        self.extra = {step["name"] for step in table.get("step", []) if step.get("extra")}
        self.checks = [self._check(number, each) for number, each in
                       enumerate(self._read("checks.toml").get("check", []), 1)]
        self._order()

    def _read(self, file):
        path = os.path.join(self.folder, file)
        try:
            with open(path, "rb") as text:
                return tomllib.load(text)
        except OSError as error:
            raise Problem(f"cannot read {path}: {error.strerror}") from None
        except tomllib.TOMLDecodeError as error:
            raise Problem(f"labs/{self.name}/{file}: {error}") from None

    def _wrong(self, which, sentence):
        raise Problem(f"labs/{self.name}/checks.toml: {which}: {sentence}")

    def _typed(self, which, table, keys):
        for key, value in table.items():
            if key not in keys:
                self._wrong(which, f"{key} is unknown; there are {' '.join(keys)}")
            if not isinstance(value, keys[key]):
                self._wrong(which, f"{key} = {value!r} has the wrong type")

    def _check(self, number, table):
        which = table.get("id", f"check {number}")
        self._typed(which, table, KEYS)
        for key in NEEDED:
            if key not in table:
                self._wrong(which, f"{key} is missing")
        if table["step"] not in self.steps:
            self._wrong(which, f"the lab has no step {table['step']}; there are {' '.join(self.steps)}")
        if table.get("visibility", "visible") not in VISIBILITIES:
            self._wrong(which, f"visibility is one of {' '.join(VISIBILITIES)}")
        scenarios = []
        for each in table.get("scenario", [{}]):
            self._typed(f"{which}: scenario", each, SCENARIO_KEYS)
            seconds = {"seconds": float(table["seconds"])} if "seconds" in table else {}
            scenarios.append((Scenario(table["program"], **{**seconds, **each}), each))
        kept = {key: value for key, value in table.items() if key not in ("scenario", "seconds")}
        kept["needs"] = tuple(kept.get("needs", ()))
        return Check(**kept, extra=table["step"] in self.extra, scenarios=tuple(scenarios))

    def _order(self):
        """Checks in the order of their steps, each after what it needs; Problem if that cannot be."""
        known = {}
        for check in self.checks:
            if check.id in known:
                self._wrong(check.id, "there are two checks of this id")
            known[check.id] = check
        ordered, waiting = {}, sorted(self.checks, key=lambda check: self.steps.index(check.step))
        for check in waiting:
            if missing := [each for each in check.needs if each not in known]:
                self._wrong(check.id, f"needs: there is no check {missing[0]}")
        while waiting:
            ready = next((check for check in waiting if all(each in ordered for each in check.needs)), None)
            if not ready:
                self._wrong(waiting[0].id, "needs: goes round in a circle")
            ordered[ready.id] = ready
            waiting.remove(ready)
        self.checks = list(ordered.values())

    def chosen(self, step=None, check=None):
        """The checks of one step (a number or a name), or the one of that id; by default all."""
        if check:
            found = [each for each in self.checks if each.id == check]
            if not found:
                raise Problem(f"lab {self.name} has no check {check}; there are: "
                              f"{' '.join(each.id for each in self.checks if each.visibility == 'visible')}")
            return found
        if not step:
            return self.checks
        name = self.steps[int(step) - 1] if step.isdigit() and 1 <= int(step) <= len(self.steps) else step
        if name not in self.steps:
            raise Problem(f"STEP={step}: lab {self.name} has the steps 1 to {len(self.steps)}: {' '.join(self.steps)}")
        return [each for each in self.checks if each.step == name]

    def properties(self):
        """{name: function} of checks.py and hidden_checks.py; the second may `import checks`."""
        if self.folder not in sys.path:
            sys.path.insert(0, self.folder)
        found = {}
        for name in ("checks", "hidden_checks"):
            path = os.path.join(self.folder, f"{name}.py")
            if os.path.exists(path):
                found.update(vars(load_module(name, path)))
        for check in self.checks:
            if not callable(found.get(check.property)):
                self._wrong(check.id, f"property: there is no function {check.property} in checks.py")
        return found


def load_module(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def lab_names(root=ROOT):
    folder = os.path.join(root, "labs")
    return sorted(name for name in (os.listdir(folder) if os.path.isdir(folder) else ())
                  if os.path.isfile(os.path.join(folder, name, "lab.toml")))
