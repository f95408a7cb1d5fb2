"""test_formats.py - the files that the grader writes, and what docs/teaching.md says of them and of the checks"""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import time
import tomllib
import types
import xml.etree.ElementTree as ElementTree

import pytest

from conftest import ROOT
from grading import check_table, formats, lab


def result(check_id="isolated", status="passed", **more):
    values = {"id": check_id, "step": "isolation", "title": f"{check_id} holds", "points": 5, "visibility": "visible",
              "status": status, "seconds": 0.1, "wrong": None, **more}
    return types.SimpleNamespace(**values, earned=values["points"] if status == "passed" else 0)


WRONG = {"expected": "a page of its own", "found": "page 0x1c3000 <of \x01 pid 2>",
         "where": ["process 1", "va 0x180000"], "function": "add_page", "cause": "identity allocation",
         "picture": "1 1 2 2", "commands": ["make replay"]}
FOUND = [result(), result("fork-copies", "failed", step="fork", visibility="after_due_date", points=2.5, wrong=WRONG),
         result("secret", "blocked", step="fork", visibility="hidden", wrong="cannot be judged without fork-copies"),
         result("tables", "error", step="more", extra=True)]
PLANNED = [types.SimpleNamespace(**{**vars(each), "status": "pending", "earned": 0, "wrong": None}) for each in FOUND]


@pytest.fixture
def outputs(tmp_path):
    """Outputs that write all formats into the test's folder."""
    paths = {name: tmp_path / name for name in formats.FORMATS}
    return formats.Outputs("vm", "alice", **paths)


def read_all(folder):
    """The three files, each as what its readers see. Fails if one is not whole."""
    with open(folder / "json", encoding="utf-8") as own, open(folder / "gradescope", encoding="utf-8") as scope:
        return json.load(own), json.load(scope), ElementTree.parse(folder / "junit").getroot()


# Of results.json: the key, its type, whether it must be there.
RESULTS = {"score": (float, False), "execution_time": (float, False), "output": (str, False),
           "output_format": (str, False), "test_output_format": (str, False), "test_name_format": (str, False),
           "visibility": (str, False), "stdout_visibility": (str, False), "extra_data": (dict, False),
           "tests": (list, True), "leaderboard": (list, False)}
TEST = {"score": (float, True), "max_score": (float, False), "status": (str, False), "name": (str, False),
        "name_format": (str, False), "number": (str, False), "output": (str, False), "output_format": (str, False),
        "tags": (list, False), "visibility": (str, False), "extra_data": (dict, False)}


def check_keys(table, known):
    for key, value in table.items():
        assert key in known, f"Gradescope does not know {key}"
        assert isinstance(value, (int, float) if known[key][0] is float else known[key][0]), key
    assert not [key for key, (_, needed) in known.items() if needed and key not in table]
    for key in ("visibility", "stdout_visibility"):
        assert table.get(key, "visible") in ("visible", "hidden", "after_due_date", "after_published")
    assert table.get("output_format", "text") in ("text", "html", "simple_format", "md", "ansi")


def check_gradescope(report):
    """`report` is as Gradescope's "Autograder Specifications" has it."""
    check_keys(report, RESULTS)
    for test in report["tests"]:
        check_keys(test, TEST)
        assert test.get("status", "passed") in ("passed", "failed")
        assert 0 <= test["score"] <= test["max_score"]


def test_every_file_is_whole_after_every_result_and_counts_what_is_to_come_as_lost(outputs, tmp_path):
    outputs.begin(PLANNED)
    for count, each in enumerate([None, *FOUND]):
        if each:
            outputs.add(each)
        own, scope, junit = read_all(tmp_path)
        check_gradescope(scope)
        assert own["state"] == "running"
        assert [check["status"] for check in own["checks"]] == (
            [done.status for done in FOUND[:count]] + ["pending"] * (4 - count))
        assert sum(test["score"] for test in scope["tests"]) == own["points"] + own["extra_points"]
        assert all("not graded" in test["output"] for test in scope["tests"][count:])
        assert len(junit.findall(".//testcase")) == 4
    outputs.finish()
    assert read_all(tmp_path)[0]["state"] == "finished"


def test_gradescope_gets_visibility_numbers_and_the_reason_but_no_output_that_tells_of_hidden_checks(outputs, tmp_path):
    outputs.begin(PLANNED)
    for each in FOUND:
        outputs.add(each)
    outputs.finish()
    scope = read_all(tmp_path)[1]
    assert [test["visibility"] for test in scope["tests"]] == ["visible", "after_due_date", "hidden", "visible"]
    assert [test["number"] for test in scope["tests"]] == ["1.1", "2.1", "2.2", "3.1"]
    assert [test["status"] for test in scope["tests"]] == ["passed", "failed", "failed", "failed"]
    assert scope["tests"][1]["max_score"] == 2.5 and "score" not in scope
    for part in ("a page of its own", "0x1c3000", "va 0x180000", "add_page", "identity", "1 1 2 2", "make replay"):
        assert part in scope["tests"][1]["output"]
    assert scope["stdout_visibility"] == "hidden" and "secret" not in scope["output"]
    assert "1 of 2 visible checks" in scope["output"]


def test_junit_tells_lost_blocked_and_broken_apart_whatever_characters_are_in_it(outputs, tmp_path):
    outputs.begin(PLANNED)
    for each in FOUND:
        outputs.add(each)
    outputs.finish()
    suite = read_all(tmp_path)[2].find("testsuite")
    assert {key: suite.get(key) for key in ("tests", "failures", "skipped", "errors")} == {
        "tests": "4", "failures": "1", "skipped": "1", "errors": "1"}
    assert suite.find("testcase/failure").get("message") == "page 0x1c3000 <of ? pid 2>"
    assert [case.get("classname") for case in suite.findall("testcase")] == ["vm.isolation", "vm.fork", "vm.fork",
                                                                             "vm.more"]


def test_results_that_come_at_the_same_time_are_all_kept(outputs, tmp_path):
    names = [f"check-{number}" for number in range(60)]
    outputs.begin([result(name, "pending") for name in names])
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda name: outputs.add(result(name)), names))
    outputs.finish()
    own, _scope, _junit = read_all(tmp_path)
    assert [check["id"] for check in own["checks"] if check["status"] != "passed"] == []


def test_extra_checks_are_not_part_of_the_points(outputs, tmp_path):
    outputs.begin(PLANNED)
    for each in FOUND:
        outputs.add(types.SimpleNamespace(**{**vars(each), "status": "passed", "earned": each.points}))
    own = read_all(tmp_path)[0]
    assert (own["points"], own["possible"], own["extra_points"]) == (12.5, 12.5, 5)


def test_an_interrupted_grading_says_so_and_keeps_what_it_has(outputs, tmp_path):
    with pytest.raises(KeyboardInterrupt), outputs:
        outputs.begin(PLANNED)
        outputs.add(FOUND[0])
        outputs.message("x.cc:1: error")
        raise KeyboardInterrupt
    own, scope, _ = read_all(tmp_path)
    assert (own["state"], own["points"]) == ("interrupted", 5)
    assert "x.cc:1: error" in scope["output"] and "did not come to its end" in scope["output"]
    assert sorted(os.listdir(tmp_path)) == sorted(formats.FORMATS)


def test_no_reader_ever_sees_half_a_file_even_if_the_writer_is_killed(tmp_path):
    path = tmp_path / "grade.json"
    text = ("import sys; sys.path.insert(0, sys.argv[1])\nfrom grading import formats\nwhile True:\n"
            "    for size in (10, 300_000): formats.write_whole(sys.argv[2], '[' + '1,' * size + '1]')")
    with subprocess.Popen([sys.executable, "-c", text, str(ROOT / "tests"), str(path)]) as writer:
        while not path.exists():
            time.sleep(0.01)
        for _ in range(30):
            json.loads(path.read_text(encoding="utf-8"))
        writer.kill()
    json.loads(path.read_text(encoding="utf-8"))


def test_a_device_as_the_output_file_stays_a_device():
    formats.write_whole("/dev/null", "text")
    assert not os.path.isfile("/dev/null")


def test_the_documentation_names_every_key_of_the_json(outputs, tmp_path):
    outputs.begin(PLANNED)
    outputs.add(FOUND[1])
    own = read_all(tmp_path)[0]
    text = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
    section = text.split("### The result as JSON")[1].split("\n##")[0]
    cells = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    documented = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    used = set(own) | set(own["checks"][1]) | set(own["checks"][1]["wrong"]) | {"digest"}
    assert documented == used
    assert f"version {formats.VERSION}" in section


### What docs/teaching.md says

def document():
    return check_table.DOCUMENT.read_text(encoding="utf-8")


def test_the_table_of_checks_is_that_of_the_labs():
    assert document().split(check_table.BEGIN)[1] == "\n" + check_table.tables(), (
        "run python3 tests/grading/check_table.py")


def test_every_name_of_the_table_of_names_is_in_the_sources():
    text = document().split("## The same things by other names")[1].split("\n## ")[0]
    names = {name for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    sources = " ".join(path.read_text(encoding="utf-8") for folder in ("kernel", "lib", "user", "labs")
                       for path in (ROOT / folder).rglob("*.[ch][ch]"))
    known = set(re.findall(r"\w+", sources))
    assert len(names) > 40 and not names - known


def test_each_lab_is_in_the_table_of_labs_with_its_files():
    rows = dict(re.findall(r"^\| `(\w+)` \|(.*)", document().split("## Set up")[0], re.MULTILINE))
    for path in (ROOT / "labs").glob("*/lab.toml"):
        for file in tomllib.loads(path.read_text(encoding="utf-8"))["files"]:
            assert f"`{file}`" in rows[path.parent.name]


def test_every_key_of_checks_toml_is_documented():
    text = document().split("`labs/NAME/checks.toml` is yours")[1].split("###")[0]
    assert set(lab.KEYS) - {"scenario"} <= set(re.findall(r"`(\w+)`", text))
    assert set(lab.SCENARIO_KEYS) <= set(re.findall(r"`(\w+)`", text))
