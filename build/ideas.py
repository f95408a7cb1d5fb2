#!/usr/bin/env python3
"""ideas.py - an idea of docs/ideas.md, run: ideas.py --image IMAGE [NAME], called by `make idea-NAME` and `make ideas`

Asks the idea's question, runs its commands, and prints the very lines that the page quotes, as they came.

A section of that page has a question with the idea's name, and commands, `make run-headless-PROGRAM ...`, each followed
by blocks of what is then in the log, on the screen, or in the screen's colours, as the paragraph above the block says.
A block's lines are whole lines of the log, or whole rows of the screen, in this order; `…` stands for anything.
"""
import collections
import os
import re
import shlex
import sys

import run
from problem import Parser, Problem, fail
from screen import ROWS
from words import ROOT, nearest_of

PAGE = os.path.join(ROOT, "docs", "ideas.md")
Idea = collections.namedtuple("Idea", "name title question text commands")
Command = collections.namedtuple("Command", "section line blocks")
Block = collections.namedtuple("Block", "kind lines paragraph")
Shown = collections.namedtuple("Shown", "log screen colours")          # each a list of lines


def kind_of(paragraph):
    """What the block below a paragraph is compared with: the last of these words in it."""
    found = re.findall(r"\b(log|screen|colours)\b", paragraph)
    assert found, f"what is shown below this? {paragraph}"
    return found[-1]


def commands_of(section, text):
    result, paragraph = [], ""
    for part in re.split(r"\n\n+", text.strip("\n")):
        if not part.startswith("    "):
            paragraph = part
            continue
        lines = [line[4:] for line in part.split("\n")]
        if lines[0].startswith("make "):
            result += [Command(section, line, []) for line in lines]
        else:
            result[-1].blocks.append(Block(kind_of(paragraph), lines, paragraph))
    return result


def read_ideas():
    """All ideas of the page, in its order."""
    try:
        with open(PAGE, encoding="utf-8") as file:
            sections = file.read().split("\n## ")[1:]
    except OSError as error:
        raise Problem(f"docs/ideas.md: {error.strerror}") from None
    ideas = []
    for section in sections:
        title, text = section.split("\n", 1)
        question, name, text = re.fullmatch(r"\s*\*\*(.*\?)\*\* `make idea-([\w-]+)`\n(.*)", text, re.DOTALL).groups()
        ideas.append(Idea(name, title, question, text, commands_of(title, text)))
    return ideas


def colours(screen):
    """The lower panel's rows with a letter for each page's colour: `r` read lately, `w` written to lately, `-` other.
    The colours are those that the legend has."""
    rows = [screen.row(row) for row in range(ROWS)]
    status = next(row for row in range(ROWS) if re.match("VIRTUAL|REGIONS|PAGE TABLES", rows[row]))
    legend = rows[status - 1]
    grounds = {screen.colors(status - 1, legend.find(f"1 {word}")) >> 4: word[0]
               for word in ("read", "written") if f"1 {word}" in legend}
    result = []
    for row in range(status + 1, 21):
        cells = [(screen.character(row, column), screen.colors(row, column)) for column in range(12, 76)]
        text = "".join(" " if character == " " else grounds.get(color >> 4, "-") for character, color in cells)
        result.append(f"{rows[row][:12]}{text}")
    return result


def shown_by(image, line, more=""):
    """What the command `line` shows, run with the settings that it has, and `more` boot words."""
    words = shlex.split(line)
    target = re.fullmatch(r"run-headless-([\w-]+)", words[1])
    assert words[0] == "make" and target, f"not a command to start a program: {line}"
    settings = {"BOOT": "", "MEMORY": "", "TIME": "", **dict(word.split("=", 1) for word in words[2:])}
    os.environ.update(settings, BOOT=f"{settings['BOOT']} {more}")
    outcome, log = run.unwatched(image, target[1])
    if outcome.kind != "exit":
        raise Problem(f"{line}: {outcome.sentence}")
    return Shown(log.splitlines(), outcome.screen.text().splitlines(), colours(outcome.screen))


def matches(line, found):
    pattern = ".*".join(re.escape(piece) for piece in line.strip().split("…"))
    return re.fullmatch(pattern, found.strip()) is not None


def find_all(lines, found):
    """Each of `lines` as it is in `found`, where they come in this order; up to the first that does not."""
    rest = iter(found)
    result = []
    for line in lines:
        match = next((other for other in rest if matches(line, other)), None)
        if match is None:
            return result
        result.append(match)
    return result


def show(idea, image):
    """Runs an idea for a person. Returns the exit status."""
    print(f"{idea.title}\n\n{idea.question}")
    for command in idea.commands:
        print(f"\n$ {command.line}", flush=True)
        shown = shown_by(image, command.line)
        for block in command.blocks:
            found = find_all(block.lines, getattr(shown, block.kind))
            print("", block.paragraph, "", *(f"    {line}" for line in found), sep="\n")
            if len(found) < len(block.lines):
                return fail(f'docs/ideas.md quotes "{block.lines[len(found)].strip()}", which did not come')
    watch = idea.commands[0].line.replace("run-headless-", "run-")
    print(f"\nTo watch it: {watch}\nMore of it: docs/ideas.md, {idea.title}")
    return 0


def main():
    parser = Parser(description="Runs an idea of docs/ideas.md.", epilog="Called by make: see make help.")
    parser.add_argument("--image")
    parser.add_argument("name", nargs="?")
    arguments = parser.parse_args()
    try:
        ideas = {idea.name: idea for idea in read_ideas()}
        if not arguments.name:
            print("".join(f"make idea-{idea.name:<15} {idea.question}\n" for idea in ideas.values()), end="")
            return 0
        if arguments.name not in ideas:
            nearest = nearest_of(arguments.name, ideas)
            raise Problem(f'there is no idea "{arguments.name}"{nearest}; make ideas lists them')
        return show(ideas[arguments.name], arguments.image)
    except Problem as problem:
        return fail(problem)


if __name__ == "__main__":
    sys.exit(main())
