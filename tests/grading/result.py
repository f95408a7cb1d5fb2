"""result.py - all checks of a submission: in what order, on how many cores, and what comes of them

A check waits for those that it needs: if one of them is lost, it is `blocked`, and not judged. Each scenario is one run
of the machine; checks of the same scenario share one recording of it (machine.py). Whoever wants to know of results as
they come gives a function.
"""
import collections
import dataclasses
import os
import threading
import time
import traceback

import memory
from problem import Problem, printable
from grading import picture, sandbox
from grading.machine import Recording, Scenario
from grading.run import Run, Wrong

FLAGS = [(memory.PTE_P, "P"), (memory.PTE_W, "W"), (memory.PTE_U, "U"), (memory.PTE_A, "A"), (memory.PTE_D, "D"),
         (memory.PTE_PS, "PS"), (memory.PTE_XD, "XD")]


@dataclasses.dataclass
class Report:
    """What was wrong, in texts: see formats.py. `where` and `commands` are lists of lines."""
    expected: str
    found: str
    where: list = dataclasses.field(default_factory=list)
    function: str = ""
    cause: str = ""
    picture: str = ""
    commands: list = dataclasses.field(default_factory=list)

    def __post_init__(self):
        """What a submission says, or makes a compiler say, gives no commands to a terminal and fills no screen."""
        for name in ("expected", "found", "function", "cause"):
            setattr(self, name, shown(getattr(self, name)))
        self.where = [shown(line) for line in self.where]


@dataclasses.dataclass
class Result:
    """What came of one check. `status`: "passed", "failed", "blocked" (a check that it needs is lost), "error" (the
    check itself went wrong), "pending". `seconds` of wall time."""
    id: str
    step: str
    title: str
    points: float
    visibility: str
    extra: bool = False
    earned: float = 0
    status: str = "pending"
    wrong: Report = None
    seconds: float = 0
    lacks: tuple = ()                   # ids of the checks for lack of which it is blocked

    @classmethod
    def of(cls, check):
        return cls(check.id, check.step, check.title, check.points, check.visibility, check.extra)


LONGEST_TEXT = 600


def shown(text):
    text = printable(text)
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} ..."


def flags_of(entry):
    return " ".join(name for bit, name in FLAGS if entry & bit) or "not present"


def where(wrong, scenario=None):
    """Lines that say at which moment, in which process, at which address."""
    lines, moment = [], wrong.moment
    if moment:
        name = f'at moment {moment.index}, "{moment.name}"' if moment.name else "when the run ended"
        process = wrong.process or (moment.describe_process(wrong.root) if moment.registers else "")
        lines.append(f"{name}, {process}" if process else name)
    elif wrong.process:
        lines.append(str(wrong.process))
    parts = [f"{text} {number:#x}" for text, number in (("address", wrong.va), ("physical page", wrong.pa))
             if number is not None]
    if wrong.entry is not None:
        parts.append(f"entry {wrong.entry:#x} ({flags_of(wrong.entry)})")
    lines += [", ".join(parts)] if parts else []
    if scenario and scenario != Scenario(scenario.program, seconds=scenario.seconds):
        words = [f"seed {scenario.seed}"] + ([f"boot words {scenario.words}"] if scenario.words else [])
        lines.append("in the run with " + ", ".join(words + ["junk in all free memory"] * scenario.dirty))
    return lines + [str(note) for note in wrong.notes]


def report_of(wrong, scenario, commands):
    """The Report of a run.Wrong."""
    try:
        drawn = picture.picture(wrong)
    except (Wrong, LookupError, ValueError):    # page tables that nobody can draw
        drawn = ""
    return Report(wrong.expected, wrong.found, where(wrong, scenario), wrong.function or "", wrong.cause or "", drawn,
                  commands)


class Grading:
    """One submission's checks. `commands(check)`: lines that tell how to run the check again."""

    def __init__(self, lab, checks, built, commands=lambda check: [], on_result=lambda result: None):
        self.built, self.checks, self.commands, self.on_result = built, checks, commands, on_result
        self.properties = lab.properties()
        self.results = {check.id: Result.of(check) for check in checks}
        self.waiting = list(checks)
        self.recordings, self.busy = {}, set()
        self.uses = collections.Counter(key for check in checks for key in self._keys(check))
        self.changed = threading.Condition()
        self.stopped, self.trouble = False, None

    @staticmethod
    def _keys(check):
        """Which recordings a check looks at."""
        return [(scenario, check.id if check.disturbs else "") for scenario, _ in check.scenarios]

    # Who does what

    def run(self, jobs=None):
        """Judges all checks; returns their results in order."""
        workers = [threading.Thread(target=self._work, daemon=True)
                   for _ in range(min(jobs or os.cpu_count() or 1, len(self.checks)))]
        for worker in workers:
            worker.start()
        try:
            for worker in workers:
                worker.join()
        finally:
            self.close()
        if self.trouble:                        # whoever was told of results could not take them
            raise self.trouble
        return [self.results[check.id] for check in self.checks]

    def close(self):
        """Ends what still runs."""
        with self.changed:
            self.stopped = True
            self.changed.notify_all()
            recordings = list(self.recordings.values())
        for recording in recordings:
            recording.close()

    def _work(self):
        while check := self._claim():
            result = self._judge_or_block(check)
            with self.changed:
                if self.stopped:
                    return
                self.busy -= set(self._keys(check))
                finished = self._release(check)
                self.changed.notify_all()
            for recording in finished:
                recording.close()
            try:
                self.on_result(result)
            except Exception as error:          # pylint: disable=broad-except
                self.trouble = self.trouble or error

    def _claim(self):
        """The next check whose needs are known and whose recordings nobody uses; None if there is nothing left."""
        with self.changed:
            while self.waiting and not self.stopped:
                for check in self.waiting:
                    if self._is_ready(check):
                        self.waiting.remove(check)
                        self.busy |= set(self._keys(check))
                        return check
                self.changed.wait()
        return None

    def _is_ready(self, check):
        known = all(self.results[each].status != "pending" for each in check.needs if each in self.results)
        return known and not self.busy & set(self._keys(check))

    def _release(self, check):
        """Takes the recordings that nobody will need any more."""
        self.uses.subtract(self._keys(check))
        return [self.recordings.pop(key) for key in self._keys(check)
                if not self.uses[key] and key in self.recordings]

    # Judging

    def _judge_or_block(self, check):
        result, start = self.results[check.id], time.monotonic()
        lost = [each for each in check.needs if each in self.results and self.results[each].status != "passed"]
        status, wrong = "blocked", None
        if lost:
            result.lacks = tuple(lost)
            titles = " and ".join(f'"{self.results[each].title}"' for each in lost)
            wrong = Report("", f"cannot be judged without {titles}")
        else:
            try:
                status, wrong = self._judge(check)
            except Exception as error:          # pylint: disable=broad-except
                status, wrong = "error", self._own_trouble(check, error)
        result.seconds = time.monotonic() - start
        result.wrong, result.earned = wrong, check.points if status == "passed" else 0
        result.status = status                  # last: others look at it
        return result

    def _judge(self, check):
        """(status, Report)"""
        for (scenario, table), key in zip(check.scenarios, self._keys(check)):
            try:
                recording = self._recording(key)
                self.properties[check.property](Run(recording, table))
            except Wrong as wrong:
                if wrong.ending and wrong.ending.kind == "died":
                    return "error", report_of(wrong, scenario, self.commands(check))
                return "failed", report_of(wrong, scenario, self.commands(check))
        return "passed", None

    def _recording(self, key):
        with self.changed:
            recording = self.recordings.get(key)
        if not recording:
            path = os.environ.get("QEMU") or "qemu-system-x86_64"
            recording = Recording(self.built, key[0], path, wrap=sandbox.machine)
            with self.changed:
                self.recordings[key] = recording
        return recording

    def _own_trouble(self, check, error):
        """A check that fails by itself is lost, and says whose fault that is."""
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "checks" in frame.filename]
        at = f" in {os.path.basename(frames[-1].filename)}, line {frames[-1].lineno}" if frames else ""
        kind = "" if isinstance(error, Problem) else f"{type(error).__name__}: "
        return Report("the check to come to a verdict", f"it went wrong by itself{at}: {kind}{error}",
                      cause="the check does not expect something that this kernel does; tell your instructor",
                      commands=self.commands(check))
