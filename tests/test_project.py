"""What surrounds the sources: containers, editors, and what runs the tests elsewhere say what README.md and make say."""
import json
import re
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

EDITORS = sorted([*ROOT.glob(".vscode/*.json"), *ROOT.glob(".devcontainer/*.json")])


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def readme_commands():
    """The commands that README.md says to type first: those that set up, and those that come then."""
    lines = re.findall(r"^    (.*&&.*)$", text("README.md").split("## Run it")[1].split("\n## ")[0], re.MULTILINE)
    commands = [line.split(" && ") for line in lines]
    return {command[0] for command in commands}, {command[1] for command in commands}


def container_commands():
    """What the Dockerfile's RUN steps run, one command each."""
    runs = re.findall(r"^RUN (.*)$", text("Dockerfile").replace("\\\n", " "), re.MULTILINE)
    return [command.strip() for run in runs for command in run.split("&&")]


def workflow_commands():
    found = []
    for step in re.split(r"^      - ", text(".github/workflows/check.yml"), flags=re.MULTILINE)[1:]:
        found += re.findall(r"^ *run: ([^|\n]+)$", " " * 8 + step, re.MULTILINE)
    return found


def test_the_container_sets_up_with_the_readmes_command_and_installs_nothing_else():
    set_up, clean_up = container_commands()
    assert set_up.replace("sh /tmp/kinglet/", "") in readme_commands()[0]
    assert clean_up.startswith("rm -rf ")
    assert "COPY build/setup /tmp/kinglet/build/setup" in text("Dockerfile")


def test_the_workflow_types_the_readmes_commands_on_each_debian():
    commands = workflow_commands()
    assert "make check" in commands and "make check" in readme_commands()[1]
    assert set(commands) & readme_commands()[0]
    assert "suite: [bookworm, trixie, testing]" in text(".github/workflows/check.yml")


@pytest.mark.parametrize("path", EDITORS, ids=lambda path: path.name)
def test_an_editors_settings_are_json(path):
    assert json.loads(path.read_text(encoding="utf-8"))


def test_every_make_target_that_an_editor_or_the_workflow_names_exists():
    everything = "\n".join([*(path.read_text(encoding="utf-8") for path in EDITORS), *workflow_commands()])
    everything = everything.replace("${input:program}", "fork").replace("${input:lab}", "vm").replace(
        "${input:step}", "1")
    targets = sorted(set(re.findall(r"\bmake ([a-z][\w-]*)", everything)))
    assert {"run-fork", "grade", "check", "doctor"} <= set(targets)
    made = subprocess.run(["make", "-n", *targets], cwd=ROOT, check=False, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr


def test_what_an_editor_asks_for_is_an_input_and_every_task_that_is_named_is_there():
    for name in ("tasks", "launch"):
        settings = json.loads(text(f".vscode/{name}.json"))
        assert set(re.findall(r"\$\{input:(\w+)\}", text(f".vscode/{name}.json"))) == {
            each["id"] for each in settings["inputs"]}
    labels = {task["label"] for task in json.loads(text(".vscode/tasks.json"))["tasks"]}
    assert {each["preLaunchTask"] for each in json.loads(text(".vscode/launch.json"))["configurations"]} <= labels


def test_an_editor_finds_the_machine_that_waits_for_a_debugger():
    """At the port, and with the files, of `make run-wait`, whose last line ends the editor's waiting."""
    settings, = json.loads(text(".vscode/launch.json"))["configurations"]
    waiting, = [task for task in json.loads(text(".vscode/tasks.json"))["tasks"]
                if task["label"] == settings["preLaunchTask"]]
    launcher = text("build/debugger.py")
    assert settings["miDebuggerServerAddress"] == "127.0.0.1:" + re.search('"GDBPORT", "(\\d+)"', launcher)[1]
    assert waiting["problemMatcher"]["background"]["endsPattern"] in launcher
    assert settings["program"] == "${workspaceFolder}/obj/debug/kernel.elf"
    assert "/debug/%" in text("Makefile") and "^  CXX " == waiting["problemMatcher"]["background"]["beginsPattern"]


def clang_format():
    """A clang-format that .clang-format is for, or None."""
    for name in ("clang-format-19", "clang-format-20", "clang-format-21", "clang-format-22", "clang-format"):
        if shutil.which(name):
            told = subprocess.run([name, "--version"], check=False, capture_output=True, text=True).stdout
            if re.search(r"version (19|2\d)\.", told):
                return name
    return None


def test_the_sources_are_laid_out_as_clang_format_says():
    if not clang_format():
        pytest.skip("clang-format 19 or later is not installed")
    sources = [str(path) for folder in ("boot", "kernel", "lib", "user", "tests/programs")
               for path in sorted((ROOT / folder).rglob("*"))
               if path.suffix in (".cc", ".hh")]
    looked = subprocess.run([clang_format(), "--dry-run", "-Werror", *sources], cwd=ROOT, check=False,
                            capture_output=True, text=True)
    assert looked.returncode == 0, f"make format lays them out:\n{looked.stderr[:2000]}"


TALL = "\n".join("    x();" for _ in range(40))


@pytest.mark.parametrize("path, content, complaint", [
    ("lib/a.hh", "int x;\n", None),
    ("kernel/a.cc", "// a\n\nint x;\n" * 301, "kernel/a.cc has 301 lines of code, more than 300"),
    ("kernel/a.cc", "// a\n\nint x;\n" * 300, None),
    ("tests/a.cc", "int x;\n" * 301, None),
    ("kernel/b/a.cc", "\nvoid f() {\n" + TALL + "\n}\n", "kernel/b/a.cc:2: a function of 42 lines, more than 40"),
    ("boot/a.cc", "static int f(int a,\n             int b) {\n" + TALL + "\n}\n",
     "boot/a.cc:1: a function of 43 lines, more than 40"),
    ("lib/a.cc", "printer::printer(int a)\n    : a(a) {\n" + TALL + "\n}\n",
     "lib/a.cc:1: a function of 43 lines, more than 40"),
    ("lib/a.hh", "struct a {\n" + TALL + "\n};\n", None),
    ("user/p-a.cc", "//" + "-" * 99 + "\n", "user/p-a.cc:1: a line of 101 columns, more than 100"),
    ("boot/a.S", "        nop\n" * 20 + "/* " + "a" * 99 + " */\n", "boot/a.S:21: a line of 105 columns, more than 100"),
    ("lib/a.h", "int x; // one\n" * 300 + "/* no code\n// nor this */\n", None),
], ids=lambda value: None if isinstance(value, str) and "\n" not in value else "")
def test_make_lines_tells_of_what_is_too_long(tmp_path, path, content, complaint):
    for name, text_of_it in (("docs/tour.md", "## Read these first\n"), (path, content),
                             ("build/lines.py", text("build/lines.py"))):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text_of_it, encoding="utf-8")
    done = subprocess.run([sys.executable, tmp_path / "build/lines.py"], capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ((f"Kinglet: {complaint}\n", 1) if complaint else ("", 0))
