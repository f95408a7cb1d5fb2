"""hostile.py - for the tests with broken and hostile input: what is fed to everything, and what must come out"""
import re

from problem import Problem

DEEP = "[" * 100_000
BYTES = {"empty": b"", "a NUL": b"\0", "binary": bytes(range(256)) * 16, "no UTF-8": b"\xff\xfe\x80 = 1\n",
         "deep": DEEP.encode(), "a long line": b"x" * (1 << 20)}


def short(value):
    """A parameter's name in a test's."""
    return ascii(value)[:24]


def in_one_line(capsys, call, *arguments):
    """The line by which a tool's main function says what is wrong."""
    try:
        status = call(*arguments)
    except SystemExit as end:
        status = end.code
    said = capsys.readouterr().err
    assert isinstance(status, int) and status != 0
    assert re.fullmatch(r"Kinglet: [^\n]{4,2000}\n", said), said[:2000]
    return said


def problem_of(call, *arguments):
    """The sentence of a Problem, if there is one. Nothing else may come out of `call`."""
    try:
        call(*arguments)
    except Problem as problem:
        assert 4 < len(str(problem)) < 2000 and str(problem).isprintable(), str(problem)[:2000]
        return str(problem)
    return ""


def refused(call, *arguments):
    sentence = problem_of(call, *arguments)
    assert sentence
    return sentence
