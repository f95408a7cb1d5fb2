"""docs/ideas.md: each command is run as `make idea-NAME` does, and every line that it is said to show is compared,
whether somebody watches or not."""
import functools
import re

import ideas
import pytest
from conftest import QEMU, ROOT, SETTINGS, built, sample

IDEAS = ideas.read_ideas()
COMMANDS = [command for idea in IDEAS for command in idea.commands]


@functools.cache
def shown_by(line, more=""):
    """What the command `line` shows, started by the launcher itself with the settings that the line has."""
    with pytest.MonkeyPatch.context() as patch:
        for name in SETTINGS:
            patch.delenv(name, raising=False)
        for name, value in {"QEMU": QEMU, "LOG": "/dev/null", "BOOT": "", "MEMORY": "", "TIME": ""}.items():
            patch.setenv(name, value)
        return ideas.shown_by(built("kinglet.img"), line, more)


def first_missing(lines, found):
    """The first of `lines` that does not come, after those before it, in `found`; None if all do."""
    there = ideas.find_all(lines, found)
    return None if len(there) == len(lines) else lines[len(there)]


def identify(command):
    return re.sub(r"[^\w=,.-]+", " ", command.line.removeprefix("make run-headless-")).strip()


def compare(command, shown):
    for kind, lines, _ in command.blocks:
        found = getattr(shown, kind)
        missing = first_missing(lines, found)
        assert missing is None, f"{missing!r} is not in the {kind}:\n" + "\n".join(found)


@pytest.mark.parametrize("command", COMMANDS, ids=identify)
def test_what_a_command_shows_is_as_the_document_says(command):
    assert command.blocks
    compare(command, shown_by(command.line))


@pytest.mark.parametrize("command", sample([each for each in COMMANDS if "stop=" in each.line], 3), ids=identify)
def test_who_watches_sees_the_same_at_the_same_tick(command):
    compare(command, shown_by(command.line, "view=on"))


def test_a_boot_with_large_pages_takes_less_than_half_as_long_again_with_eight_times_the_memory():
    logs = ["\n".join(shown_by(command.line).log) for command in COMMANDS if command.section == "Large pages"]
    small, large = (int(re.search(r"^boot cycles=(\d+)$", log, re.MULTILINE)[1]) for log in logs)
    assert large < small * 3 / 2


@pytest.mark.parametrize("lines, missing", [
    (["one: 1", "two…2"], None),
    (["…: 1", "…"], None),
    (["two: 2", "one: 1"], "one: 1"),           # in another order
    (["one: 2"], "one: 2"),
    (["one:"], "one:"),                         # not a whole line
    (["one…2"], "one…2"),                       # `…` does not reach into the next line
    (["one: 1", "one: 1"], "one: 1"),           # there only once
])
def test_a_line_that_is_not_true_is_found_out(lines, missing):
    assert first_missing(lines, [" one: 1", "two: 2"]) == missing


@pytest.mark.parametrize("idea", IDEAS, ids=lambda idea: idea.name)
def test_a_section_has_a_sentence_a_command_and_functions_that_exist(idea):
    text = idea.text
    assert idea.commands and [each.name for each in IDEAS].count(idea.name) == 1
    assert re.match(r"\n[A-Z][^.]+\.( |\n)", text), "no sentence"
    functions = re.findall(r"`([\w:~]+)`\s+in\s+`([\w./]+)`", text)
    assert functions
    for name, file in functions:
        source = (ROOT / file).read_text()
        assert re.search(rf"^(?:[^\s/#].*[\s*&])?{name}(?:\(.*[^;]|:)$", source, re.MULTILINE), f"{name} in {file}"


def test_every_program_for_lectures_has_its_idea():
    files = (ROOT / "user").glob("p-*.c*")
    lectures = {file.stem[2:] for file in files if re.search(r'"u-(lecture|attempt).hh"', file.read_text())}
    assert lectures <= {line.split()[1].removeprefix("run-headless-") for _, line, _ in COMMANDS}
