"""formats.py - what the grader found, in files for other programs

`Outputs` writes up to three files: Kinglet's own JSON (described in docs/teaching.md, "The result as JSON"), the
results.json of Gradescope, and JUnit's XML. Each is whole and valid at every moment: it is there, with all checks
still to come, before anything is built, is replaced after every result, and stays as it was when the grader is killed.
A check that was never reached counts as lost, and says so.

    with Outputs("vm", "alice", json="grade.json") as outputs:
        outputs.begin(checks)               # anything with the attributes id, step, title, points, visibility
        for result in ...:
            outputs.add(result)             # a check with earned, status, seconds, wrong besides
        outputs.finish()
"""
import json
import os
import re
import stat
import threading
import time
import xml.etree.ElementTree as ElementTree

VERSION = 1                                 # of Kinglet's JSON; a new one if a key's meaning changes or it disappears
VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")
STATUSES = ("passed", "failed", "blocked", "error", "pending")
WRONG_TEXTS = ("expected", "found", "where", "function", "cause", "picture")
NOT_REACHED = "not graded: the grader ended before it came to this check"


def field(thing, name, default=None):
    """`thing`'s attribute or key `name`."""
    value = thing.get(name, default) if isinstance(thing, dict) else getattr(thing, name, default)
    return default if value is None else value


def lines_of(value):
    """A text, or a list of them, as lines."""
    parts = value if isinstance(value, (list, tuple)) else [value]
    return [line for part in parts for line in str(part).rstrip("\n").split("\n")] if value else []


def wrong_record(wrong):
    """What was wrong, as a dict of texts and a list of commands, or None."""
    if not wrong:
        return None
    if isinstance(wrong, str):
        wrong = {"found": wrong}
    record = {name: "\n".join(lines_of(field(wrong, name, ""))) for name in WRONG_TEXTS}
    return {**record, "commands": lines_of(field(wrong, "commands", []))}


def check_record(check):
    """A check, or a check's result, as Kinglet's JSON has it."""
    return {
        "id": check.id, "step": str(check.step), "title": check.title, "points": check.points,
        "extra": bool(field(check, "extra", False)), "earned": field(check, "earned", 0),
        "status": str(field(check, "status", "pending")), "visibility": field(check, "visibility", "visible"),
        "seconds": round(float(field(check, "seconds", 0)), 3), "wrong": wrong_record(field(check, "wrong")),
    }


def explanation(record):
    """Why the check lost its points: text of several lines, empty if it passed."""
    if record["status"] == "passed":
        return ""
    if record["status"] == "pending":
        return NOT_REACHED
    wrong = record["wrong"] or {}
    names = {"expected": "expected", "found": "found", "where": "where", "function": "function", "cause": "likely"}
    result = []
    for name, label in names.items():
        for number, line in enumerate(lines_of(wrong.get(name))):
            result.append(f"{'' if number else label + ':':<10}{line}")
    if wrong.get("picture"):
        result += ["", wrong["picture"]]
    if wrong.get("commands"):
        result += ["", *wrong["commands"]]
    return "\n".join(result) or record["status"]


### The three formats: each makes a text of the report, a dict as Kinglet's JSON has it.

def kinglet_json(report):
    return json.dumps(report, indent=1) + "\n"


def numbers(checks):
    """Each check's number, `3.2` for the second of the third step."""
    steps = list(dict.fromkeys(check["step"] for check in checks))
    seen = dict.fromkeys(steps, 0)
    for check in checks:
        seen[check["step"]] += 1
        yield f"{steps.index(check['step']) + 1}.{seen[check['step']]}"


def gradescope_json(report):
    """Gradescope's results.json (gradescope-autograders.readthedocs.io, "Autograder Specifications"). What the grader
    prints stays hidden: it tells of hidden checks."""
    tests = []
    for number, check in zip(numbers(report["checks"]), report["checks"]):
        tests.append({
            "score": check["earned"], "max_score": check["points"],
            "status": "passed" if check["status"] == "passed" else "failed",
            "name": check["title"] + (" (extra)" if check["extra"] else ""), "number": number,
            "output": explanation(check), "output_format": "text", "visibility": check["visibility"],
            "tags": [check["id"], check["step"]], "extra_data": {"status": check["status"]},
        })
    return json.dumps({
        "output": gradescope_summary(report), "output_format": "text", "execution_time": report["seconds"],
        "visibility": "visible", "stdout_visibility": "hidden",
        "extra_data": {"kinglet_grade": VERSION, "state": report["state"], "confined": report["confined"]},
        "tests": tests,
    }, indent=1) + "\n"


def gradescope_summary(report):
    """A few lines for the student: nothing of checks that are not visible."""
    shown = [check for check in report["checks"] if check["visibility"] == "visible"]
    passed = sum(check["status"] == "passed" for check in shown)
    lines = [report["message"]] if report["message"] else []
    lines.append(f"Lab {report['lab']}: {passed} of {len(shown)} visible checks passed.")
    if report["state"] != "finished":
        lines.append("The grading did not come to its end: checks that were not reached have no points yet.")
    return "\n".join(lines)


def xml_text(text):
    """`text` without the characters that XML cannot hold."""
    return re.sub(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]", "?", text)


def junit_xml(report):
    """JUnit's XML, as continuous-integration systems read it: lost is `failure`, blocked is `skipped`, and what could
    not be judged is `error`."""
    tags = {"failed": "failure", "blocked": "skipped", "error": "error", "pending": "error"}
    count = {tag: 0 for tag in tags.values()}
    suite = ElementTree.Element("testsuite", name=f"kinglet {report['lab']}")
    for check in report["checks"]:
        case = ElementTree.SubElement(suite, "testcase", classname=f"{report['lab']}.{check['step']}",
                                      name=xml_text(f"{check['id']}: {check['title']}"), time=str(check["seconds"]))
        if check["status"] == "passed":
            continue
        tag = tags[check["status"]]
        count[tag] += 1
        text = xml_text(explanation(check))
        found = lines_of((check["wrong"] or {}).get("found")) or lines_of(text)
        ElementTree.SubElement(case, tag, message=xml_text(found[0])).text = text
    if report["message"]:
        ElementTree.SubElement(suite, "system-out").text = xml_text(report["message"])
    totals = {"tests": str(len(report["checks"])), "failures": str(count["failure"]), "errors": str(count["error"]),
              "skipped": str(count["skipped"]), "time": str(report["seconds"])}
    suite.attrib.update(totals)
    top = ElementTree.Element("testsuites", name="kinglet", **totals)
    top.append(suite)
    ElementTree.indent(top)
    return ElementTree.tostring(top, encoding="unicode", xml_declaration=True) + "\n"


TYPES = {"lab": str, "submission": str, "state": str, "message": str, "points": (int, float), "seconds": (int, float),
         "possible": (int, float), "extra_points": (int, float), "checks": list}
CHECK_TYPES = {"id": str, "step": str, "title": str, "points": (int, float), "earned": (int, float), "status": str,
               "visibility": str, "wrong": (dict, type(None))}


def is_report(value):
    """Whether `value`, read from a file, is a report as Kinglet's JSON has it."""
    def has(table, types):
        return isinstance(table, dict) and all(isinstance(table.get(key), kind) for key, kind in types.items())
    return has(value, TYPES) and all(has(check, CHECK_TYPES) for check in value["checks"])


FORMATS = {"json": kinglet_json, "gradescope": gradescope_json, "junit": junit_xml}


def write_whole(path, text):
    """Makes `text` the contents of `path`, so that who reads it finds the old text or the new one."""
    path = os.path.realpath(path)
    data = text.encode(errors="replace")
    if os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode):    # a terminal, a pipe
        with open(path, "wb") as file:
            file.write(data)
        return
    temporary = f"{path}.{os.getpid()}.new"
    try:
        with open(temporary, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


class Outputs:
    """The files that one grading writes; with no path, nothing. `begin` first; any thread may call the rest. Raises
    OSError at `begin` if a file cannot be written."""

    def __init__(self, lab, submission, confined=True, **paths):
        self.paths = {name: path for name, path in paths.items() if path}
        if unknown := self.paths.keys() - FORMATS.keys():
            raise ValueError(f"unknown formats: {unknown}")
        self.lock = threading.RLock()
        self.start = time.monotonic()
        self.report = {"kinglet_grade": VERSION, "lab": lab, "submission": str(submission), "state": "running",
                       "message": "", "confined": bool(confined), "points": 0, "possible": 0, "extra_points": 0,
                       "seconds": 0.0, "checks": []}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.report["state"] == "running":
            self._update(state="interrupted")

    def begin(self, checks):
        """These checks are to come, in this order."""
        self._update(checks=[check_record(check) for check in checks])

    def add(self, result):
        """The result of one of them."""
        record = check_record(result)
        with self.lock:
            checks = list(self.report["checks"])
            places = [place for place, check in enumerate(checks) if check["id"] == record["id"]]
            if places:
                checks[places[0]] = record
            else:
                checks.append(record)
            self._update(checks=checks)

    def message(self, text):
        """A sentence, or lines, about the whole submission: what kept it from being graded, for instance."""
        with self.lock:
            said = self.report["message"].splitlines()
            self._update(message="\n".join(said + [line for line in text.strip().splitlines() if line not in said]))

    def finish(self):
        self._update(state="finished")

    def _update(self, **changes):
        with self.lock:
            report = self.report
            report.update(changes)
            counted = [check for check in report["checks"] if not check["extra"]]
            report["points"] = sum(check["earned"] for check in counted)
            report["possible"] = sum(check["points"] for check in counted)
            report["extra_points"] = sum(check["earned"] for check in report["checks"]) - report["points"]
            report["seconds"] = round(time.monotonic() - self.start, 3)
            for name, path in self.paths.items():
                write_whole(path, FORMATS[name](report))
