"""lab.py - what a lab's lab.toml and checks.toml say, as far as the grader needs it

labs/NAME/lab.toml is read for the lab's title, a student's files and the steps; checks.toml for the checks, whose
properties are functions of checks.py and hidden_checks.py beside it. Whatever is wrong there is a Problem, in one line.
"""
import dataclasses
import importlib.util
import os
import re
import sys
import tomllib

from grading import ROOT
from grading.guest import salted
from grading.machine import Scenario
from problem import Problem

VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")
KEYS = {"id": str, "step": str, "title": str, "points": (int, float), "visibility": str, "needs": list, "program": str,
        "property": str, "seconds": (int, float), "disturbs": bool, "scenario": list}
NAME = r"[\w-]{1,100}"
LONGEST = 120                           # seconds of virtual time
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
        self.folder = os.path.join(root, "labs", str(name))
        known = isinstance(name, str) and re.fullmatch(r"\w[\w.-]{,99}", name)
        if not known or not os.path.isfile(os.path.join(self.folder, "lab.toml")):
            given = f"there is no lab {name}" if name else "LAB= is missing"
            raise Problem(f"{given}; there are: {' '.join(lab_names(root)) or 'none'}")
        self._read_steps(self._read("lab.toml"))
        table = self._read("checks.toml")
        self.salt = str(table.get("salt", ""))
        checks = table.get("check", [])
        if not isinstance(checks, list):
            self._wrong("check", "is no list of tables")
        self.checks = [self._check(number, each) for number, each in enumerate(checks, 1)]
        self._order()

    def _read_steps(self, table):
        """Takes what lab.toml says."""
        steps, self.files, self.title = table.get("step", []), table.get("files", []), table.get("title", self.name)
        if not isinstance(steps, list) or not all(
                isinstance(step, dict) and isinstance(step.get("name"), str) for step in steps):
            raise Problem(f"labs/{self.name}/lab.toml: step: each is a table with a name")
        if not isinstance(self.files, list) or not all(map(is_inside, self.files)):
            raise Problem(f"labs/{self.name}/lab.toml: files: each is a path in the tree")
        self.steps = [step["name"] for step in steps]
        self.titles = {step["name"]: str(step.get("title", step["name"])) for step in steps}
        self.extra = {step["name"] for step in steps if step.get("extra")}

    def _read(self, file):
        path = os.path.join(self.folder, file)
        try:
            with open(path, "rb") as text:
                return tomllib.load(text)
        except OSError as error:
            raise Problem(f"cannot read {path}: {error.strerror}") from None
        except (ValueError, RecursionError) as error:           # no TOML, or no UTF-8
            raise Problem(f"labs/{self.name}/{file}: {error}") from None

    def _wrong(self, which, sentence):
        raise Problem(f"labs/{self.name}/checks.toml: {which}: {sentence}")

    def _typed(self, which, table, keys):
        for key, value in table.items():
            if key not in keys:
                self._wrong(which, f"{key} is unknown; there are {' '.join(keys)}")
            if not isinstance(value, keys[key]) or isinstance(value, bool) and keys[key] is not bool:
                self._wrong(which, f"{key} = {value!r} has the wrong type")

    def _check(self, number, table):
        if not isinstance(table, dict):
            self._wrong(f"check {number}", "is no table")
        which = table.get("id", f"check {number}")
        self._typed(which, table, KEYS)
        for key in NEEDED:
            if key not in table:
                self._wrong(which, f"{key} is missing")
        if not re.fullmatch(NAME, table["id"]) or not re.fullmatch(NAME, table["program"]):
            self._wrong(which, "id and program are made of letters, digits, - and _")
        if not 0 <= table.get("points", 0) < 1e6 or not all(isinstance(each, str) for each in table.get("needs", ())):
            self._wrong(which, "points is a number that is not negative, needs a list of ids")
        if table["step"] not in self.steps:
            self._wrong(which, f"the lab has no step {table['step']}; there are {' '.join(self.steps)}")
        if table.get("visibility", "visible") not in VISIBILITIES:
            self._wrong(which, f"visibility is one of {' '.join(VISIBILITIES)}")
        scenarios = []
        for each in table.get("scenario", [{}]):
            if not isinstance(each, dict):
                self._wrong(which, "scenario: each is a table")
            self._typed(f"{which}: scenario", each, SCENARIO_KEYS)
            seconds = {"seconds": float(table["seconds"])} if "seconds" in table else {}
            scenario = Scenario(table["program"], **{**seconds, **each})
            if not 0 < scenario.seconds <= LONGEST or not 0 <= scenario.seed < 1 << 32:
                self._wrong(which, f"seconds is a number up to {LONGEST}, seed one of 32 bits")
            scenario = dataclasses.replace(scenario, seed=salted(scenario.seed, self.salt))
            scenarios.append((scenario, each))
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


def is_inside(path):
    """Whether `path` is one that lies in a tree."""
    return isinstance(path, str) and path and not path.startswith("/") and ".." not in path.split("/")


def load_module(name, path):
    """The module, or Problem: the checks are the instructor's own programs."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:          # pylint: disable=broad-except
        raise Problem(f"{path}: {type(error).__name__}: {error}") from None
    return module


def lab_names(root=ROOT):
    folder = os.path.join(root, "labs")
    return sorted(name for name in (os.listdir(folder) if os.path.isdir(folder) else ())
                  if os.path.isfile(os.path.join(folder, name, "lab.toml")))
