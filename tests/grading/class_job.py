"""class_job.py - grades one submission of a class, as a process of its own: GNU parallel starts it, here or elsewhere

    python3 -m grading.class_job < order > answer

The order and the answer are one line of JSON each, so nothing need be shared between machines but Kinglet's own tree,
at the same place. The order: `key` (comes back), `grader` (the command), `arguments` (for it), `environment`, `files`
(path: base64), `limit` (seconds of wall time), `shown` (what to call the submission in the answer instead of the
folder it lies in here). The answer: `key`, `report` (Kinglet's JSON, or null), `text` (what the grader printed),
`problem` (a sentence if the grading went wrong). The answer always comes, and once: whatever happens to the grader.

If the descriptor $KINGLET_LIFELINE is there, its end of file means that whoever gives the orders has gone: then this
ends, too, with the grader and its QEMU.
"""
import base64
import json
import os
import select
import signal
import subprocess
import sys
import time

import scratch
from grading import sandbox, submission
from problem import Problem

LONGEST_TEXT = 1 << 20
LIFELINE = "KINGLET_LIFELINE"


def lifeline():
    """The descriptor, or None if there is none here (on another machine)."""
    try:
        descriptor = int(os.environ[LIFELINE])
        os.fstat(descriptor)
        return descriptor
    except (KeyError, ValueError, OSError):
        return None


def wait(process, limit, line):
    """Waits for `process`. Returns whether it ended within `limit` seconds; leaves if the lifeline `line` does."""
    deadline = time.monotonic() + limit
    watched = os.pidfd_open(process.pid)
    try:
        ready = select.select([watched] + ([] if line is None else [line]), [], [],
                              max(0, deadline - time.monotonic()))[0]
    finally:
        os.close(watched)
    if watched not in ready and ready:
        stop(process)
        sys.exit(1)
    return bool(ready)


def stop(process):
    """Ends the grader: asks first, so that it can end what it has started."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(5)
    except (ProcessLookupError, subprocess.TimeoutExpired):
        pass
    sandbox.end_group(process)


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError, RecursionError):
        return None


def run_grader(order, folder):
    """(report, text, problem) of the submission in `folder`/submission."""
    report, printed = os.path.join(folder, "grade.json"), os.path.join(folder, "printed")
    command = [*order["grader"], *order["arguments"], "--json", report, os.path.join(folder, "submission")]
    with open(printed, "wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                   env={**os.environ, **order["environment"]}, start_new_session=True, cwd=folder)
        try:
            in_time = wait(process, order["limit"], lifeline())
        finally:
            stop(process)
    with open(printed, "rb") as output:
        text = output.read(LONGEST_TEXT).decode(errors="replace")
    problem = ""
    if not in_time:
        problem = f"the grader was not done after {order['limit']:g} s"
    elif process.returncode:
        last = (text.strip().splitlines() or [""])[-1][:300]
        problem = f"the grader ended with status {process.returncode}{': ' + last if last else ''}"
    return load(report), text, problem


def renamed(value, old, new):
    """`value`, made of lists, dicts and texts, with `new` for each `old` in its texts."""
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, list):
        return [renamed(each, old, new) for each in value]
    if isinstance(value, dict):
        return {key: renamed(each, old, new) for key, each in value.items()}
    return value


def answer(order):
    try:
        with scratch.Folder("class") as folder:
            place = os.path.join(folder, "submission")
            os.mkdir(place)
            submission.write({path: base64.b64decode(data) for path, data in order["files"].items()}, place)
            report, text, problem = run_grader(order, folder)
            answered = {"key": order["key"], "report": report, "text": text, "problem": problem}
            return renamed(answered, place, order["shown"])
    except (OSError, Problem) as error:
        return {"key": order["key"], "report": None, "text": "", "problem": f"the grader did not run: {error}"}


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
