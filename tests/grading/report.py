"""report.py - a grading as text, for the terminal of a student

One line a check under its step, with points; below a lost one what was expected, what was found, where, why, a picture,
and the commands that do it again. Lines come in the checks' order, as soon as all before them are known.
"""
import os
import sys
import threading

RED, GREEN, YELLOW, BOLD, DIM, PLAIN = ("\033[31m", "\033[32m", "\033[33m", "\033[1m", "\033[2m", "\033[0m")
COLORS = {"passed": GREEN, "failed": RED, "error": RED, "blocked": YELLOW}
LABELS = {"passed": "ok", "failed": "LOST", "blocked": "-", "error": "ERROR", "pending": "?"}


def number(points):
    return f"{points:g}"


class Text:
    """Writes results to `file` as they come. `steps`: {name: title}."""

    def __init__(self, results, steps, color=None, file=None):
        self.file = file or sys.stdout
        self.color = self.file.isatty() if color is None else color
        self.waiting, self.steps, self.step = list(results), steps, None
        self.lock = threading.Lock()
        self.wide = max([len(result.title) for result in results] + [1])

    def paint(self, color, text):
        return f"{color}{text}{PLAIN}" if self.color else text

    def say(self, text=""):
        try:
            print(text, file=self.file, flush=True)
        except BrokenPipeError:                     # who reads it has seen enough; files still want to be written
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())

    def add(self, _result):
        """One more result is known."""
        with self.lock:
            while self.waiting and self.waiting[0].status != "pending":
                self._tell(self.waiting.pop(0))

    def _tell(self, result):
        if result.step != self.step:
            self.step = result.step
            self.say(("" if self.step is None else "\n") + self.paint(BOLD, self.steps.get(self.step, self.step)))
        label = self.paint(COLORS.get(result.status, ""), f"{LABELS[result.status]:>5}")
        points = f"{number(result.earned)}/{number(result.points)}"
        self.say(f"{label}  {points:>5}  {result.title}" + self.paint(DIM, f"  {result.id}"))
        if result.wrong and result.status == "blocked":
            self.say(f"{'':14}{result.wrong.found}")
        elif result.wrong:
            self._explain(result.wrong)

    def _explain(self, wrong):
        parts = [("expected", [wrong.expected]), ("found", [wrong.found]), ("where", wrong.where),
                 ("function", [wrong.function]), ("likely", [wrong.cause])]
        for label, lines in parts:
            for index, line in enumerate(line for line in lines if line):
                self.say(f"{'':14}{self.paint(BOLD, f'{label if not index else str():9}')} {line}")
        if wrong.picture:
            self.say()
            for line in wrong.picture.split("\n"):
                self.say(f"{'':14}{line}")
            self.say()
        for command in wrong.commands:
            self.say(f"{'':14}{self.paint(DIM, command)}")

    def total(self, results, seconds):
        """The last lines."""
        counted = [result for result in results if not result.extra]
        extra = sum(result.earned for result in results if result.extra)
        earned, possible = sum(each.earned for each in counted), sum(each.points for each in counted)
        color = GREEN if earned == possible else YELLOW if earned else RED
        self.say("\n" + self.paint(color, f"{number(earned)} of {number(possible)} points")
                 + (f", and {number(extra)} extra" if extra else "") + self.paint(DIM, f"  ({seconds:.1f} s)"))
