"""report.py - a grading as text, for the terminal of a student

One line a check under its step, with points; below a lost one what was expected, what was found,
where, why, a picture, and the commands that do it again. Lines come in the checks' order, as soon as
all before them are known. Checks that cannot be judged are one line for each step. Of the first step
in which nothing is earned only the first check is explained, without its picture, and later ones are
one line each: so what comes of a hand-out that nobody has worked on fits on a screen. Who names a
step or a check sees all of it (`full`).
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

    def __init__(self, results, steps, color=None, file=None, full=False):
        self.file = file or sys.stdout
        self.color = self.file.isatty() if color is None else color
        self.waiting, self.steps, self.step = list(results), steps, None
        self.lock = threading.Lock()
        self.wide = max([len(result.title) for result in results] + [1])
        self.full, self.has_empty_step = full, False
        self.held, self.blocked, self.earns = [], [], full

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
                self._take(self.waiting.pop(0))
                if not self.waiting:
                    self._end_step()

    def _take(self, result):
        """The next result in order. As long as nothing of its step is earned, it is only held."""
        if result.step != self.step:
            self._end_step()
            self.step, self.earns = result.step, self.full
            if self.full:
                self._head()
        self.held.append(result)
        if result.status in ("passed", "error") and not self.earns:
            self.earns = True
            self._head()
        if self.earns:
            self._tell_held()

    def _head(self):
        self.say("\n" + self.paint(BOLD, self.steps.get(self.step, self.step)))

    def _tell_held(self):
        for result in self.held:
            if result.status == "blocked" and result.wrong and not self.full:
                self.blocked.append(result)
            else:
                self._tell(result)
        self.held = []

    def _end_step(self):
        """What is left to say of the step that is over."""
        if self.held and self.has_empty_step:
            self._one_line("-", self.held, self.steps.get(self.step, self.step)
                           + ": nothing of this step is earned yet")
        elif self.held:
            self._tell_empty_step()
        elif self.blocked:
            self._one_line("-", self.blocked, self._cannot(self.blocked))
        self.held, self.blocked = [], []

    def _tell_empty_step(self):
        """The first step in which nothing is earned."""
        self.has_empty_step = True
        self._head()
        first = next((each for each in self.held if each.status == "failed"), self.held[0])
        others = [each for each in self.held if each is not first]
        self._tell(first, with_picture=False)
        if others:
            self._one_line("-", others, f"{len(others)} more of this step; all of it: make grade "
                           f"STEP={self.step}")

    def _cannot(self, results):
        needed = sorted({name for each in results for name in each.lacks})
        what = "1 check" if len(results) == 1 else f"{len(results)} checks"
        return f"{what} cannot be judged without {' '.join(needed)}; all of it: make grade " \
            f"STEP={self.step}"

    def _one_line(self, label, results, text):
        self.say(f"{label:>5}  {'0/' + number(sum(each.points for each in results)):>5}  {text}")

    def _tell(self, result, with_picture=True):
        label = self.paint(COLORS.get(result.status, ""), f"{LABELS[result.status]:>5}")
        points = f"{number(result.earned)}/{number(result.points)}"
        self.say(f"{label}  {points:>5}  {result.title}" + self.paint(DIM, f"  {result.id}"))
        if result.wrong and result.status == "blocked":
            self.say(f"{'':14}{result.wrong.found}")
        elif result.wrong:
            self._explain(result.wrong, with_picture)

    def _explain(self, wrong, with_picture=True):
        parts = [("expected", [wrong.expected]), ("found", [wrong.found]), ("where", wrong.where),
                 ("function", [wrong.function]), ("likely", [wrong.cause])]
        for label, lines in parts:
            for index, line in enumerate(line for line in lines if line):
                self.say(f"{'':14}{self.paint(BOLD, f'{label if not index else str():9}')} {line}")
        if wrong.picture and with_picture:
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
