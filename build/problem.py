"""problem.py - how whatever runs on this machine tells a person what is wrong: in one line"""
import argparse
import re
import sys

LONGEST_WORD = 400


def printable(text):
    """`text` without what a terminal would take for a command."""
    return "".join(each if each.isprintable() or each == "\n" else "?" for each in str(text))


class Problem(Exception):
    """Something the user should know, in one line, whatever stands in a value that it tells."""

    def __init__(self, sentence):
        line = " ".join(printable(sentence).split("\n"))
        super().__init__(re.sub(rf"\S{{{LONGEST_WORD},}}", lambda word: f"{word[0][:LONGEST_WORD // 4]}...", line))


def fail(sentence):
    """Tells the user; returns an exit status."""
    print(f"Kinglet: {Problem(sentence)}", file=sys.stderr)
    return 1


class Parser(argparse.ArgumentParser):
    """Which tells of a wrong argument in one line, as everything else is told."""

    def error(self, message):
        sys.exit(fail(f"{self.prog}: {message}; see {self.prog} --help") + 1)
