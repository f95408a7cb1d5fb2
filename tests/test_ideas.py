"""docs/ideas.md: each command is run as the launcher would, and every line that it is said to show is compared.

A section of that document has commands, `make run-headless-PROGRAM ...`, each followed by blocks of what is then in the
log, on the screen, or in the screen's colours, as the paragraph above the block says. A block's lines are whole lines
of the log, or whole rows of the screen, in this order; `…` stands for anything.
"""
import collections
import functools
import os
import re
import shlex

import pytest
import qemu
import run
from conftest import QEMU, ROOT, SETTINGS, built

Command = collections.namedtuple("Command", "section line blocks")     # blocks: [(kind, lines)]
Shown = collections.namedtuple("Shown", "log screen colours")          # each a list of lines

with open(ROOT / "docs" / "ideas.md", encoding="utf-8") as document:
    SECTIONS = dict(section.split("\n", 1) for section in document.read().split("\n## ")[1:])


def kind_of(paragraph):
    """What the block below a paragraph is compared with: the last of these words in it."""
    found = re.findall(r"\b(log|screen|colours)\b", paragraph)
    assert found, f"what is shown below this? {paragraph}"
    return found[-1]


def commands():
    result = []
    for section, text in SECTIONS.items():
        paragraph = ""
        for part in re.split(r"\n\n+", text.strip("\n")):
            if not part.startswith("    "):
                paragraph = part
                continue
            lines = [line[4:] for line in part.split("\n")]
            if lines[0].startswith("make "):
                result += [Command(section, line, []) for line in lines]
            else:
                result[-1].blocks.append((kind_of(paragraph), lines))
    return result


COMMANDS = commands()


def colours(screen):
    """The lower panel's rows with a letter for each page's colour: `r` read lately, `w` written to lately, `-` other.
    The colours are those that the legend has."""
    rows = [screen.row(row) for row in range(25)]
    status = next(row for row in range(25) if re.match("VIRTUAL|REGIONS|PAGE TABLES", rows[row]))
    legend = rows[status - 1]
    grounds = {screen.colors(status - 1, legend.find(f"1 {word}")) >> 4: word[0]
               for word in ("read", "written") if f"1 {word}" in legend}
    result = []
    for row in range(status + 1, 21):
        cells = [(screen.character(row, column), screen.colors(row, column)) for column in range(12, 76)]
        text = "".join(" " if character == " " else grounds.get(color >> 4, "-") for character, color in cells)
        result.append(f"{rows[row][:12]}{text}")
    return result


class Watched(qemu.Machine):
    """A machine that leaves behind what it showed."""
    shown = None

    def run(self, limit, at_end=None):
        outcome = super().run(limit, at_end)
        assert outcome.kind == "exit" and outcome.status in (qemu.EXIT_CLEAN, qemu.EXIT_FAULT), self.log()
        screen = outcome.screen
        Watched.shown = Shown(self.log().splitlines(), [screen.row(row) for row in range(25)], colours(screen))
        return outcome


@functools.cache
def shown_by(line):
    """What the command `line` shows, started by the launcher itself with the settings that the line has."""
    words = shlex.split(line)
    target = re.fullmatch(r"run-headless-([\w-]+)", words[1])
    assert words[0] == "make" and target, f"not a command to start a program: {line}"
    settings = dict(word.split("=", 1) for word in words[2:])
    assert settings.keys() <= {"BOOT", "MEMORY", "TIME"}
    with pytest.MonkeyPatch.context() as patch:
        for name in SETTINGS:
            patch.delenv(name, raising=False)
        for name, value in {"QEMU": QEMU, "LOG": os.devnull, **settings}.items():
            patch.setenv(name, value)
        patch.setattr(run, "Machine", Watched)
        patch.setattr(run, "claim_log", dict)
        run.run_headless(built("kinglet.img"), target[1])
    return Watched.shown


def matches(line, found):
    pattern = ".*".join(re.escape(piece) for piece in line.strip().split("…"))
    return re.fullmatch(pattern, found.strip()) is not None


def first_missing(lines, found):
    """The first of `lines` that does not come, after those before it, in `found`; None if all do."""
    rest = iter(found)
    return next((line for line in lines if not any(matches(line, other) for other in rest)), None)


def identify(command):
    return re.sub(r"[^\w=,.-]+", " ", command.line.removeprefix("make run-headless-")).strip()


@pytest.mark.parametrize("command", COMMANDS, ids=identify)
def test_what_a_command_shows_is_as_the_document_says(command):
    shown = shown_by(command.line)
    assert command.blocks
    for kind, lines in command.blocks:
        found = getattr(shown, kind)
        missing = first_missing(lines, found)
        assert missing is None, f"{missing!r} is not in the {kind}:\n" + "\n".join(found)


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


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_has_a_sentence_a_command_and_functions_that_exist(section):
    text = SECTIONS[section]
    assert re.match(r"\n[A-Z][^.]+\.( |\n)", text), "no sentence"
    assert any(command.section == section for command in COMMANDS)
    functions = re.findall(r"`([\w:~]+)`\s+in\s+`([\w./]+)`", text)
    assert functions
    for name, file in functions:
        source = (ROOT / file).read_text()
        assert re.search(rf"^(?:[^\s/#].*[\s*&])?{name}(?:\(.*[^;]|:)$", source, re.MULTILINE), f"{name} in {file}"


def test_every_program_for_lectures_has_its_idea():
    files = (ROOT / "user").glob("p-*.c*")
    lectures = {file.stem[2:] for file in files if re.search(r'"u-(lecture|attempt).hh"', file.read_text())}
    assert lectures <= {line.split()[1].removeprefix("run-headless-") for _, line, _ in COMMANDS}
