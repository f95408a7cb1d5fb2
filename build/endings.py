"""endings.py - where a run's log goes, and the sentence with which each ends: what happened, and where the log is"""
import fcntl
import functools
import os
import re
import stat
import sys

from problem import Problem, fail
from qemu import EXIT_CLEAN, EXIT_FAULT
from words import setting

# In the log: why a run did not end well. The first of each kind is told, of the kinds the first that is there.
REASONS = [r"^kernel panic: .*", r"^audit: .*", r"^fault pid=\d+: (.*)", r"^(panic pid=\d+: .*)",
           r"^warning (cannot start .*)"]


class Log:
    """Where this run's log goes, once that is known."""
    path = None                         # as the user has it
    descriptor = None                   # its file; holds the claim that no other run uses it


def open_log(path):
    """A descriptor to write to `path` with. What is open already goes on where it is."""
    opened = re.fullmatch(r"/dev/(?:fd/([0-9]+)|stdout|stderr)", path)
    try:
        if opened:
            number = int(opened[1] or {"/dev/stdout": 1, "/dev/stderr": 2}[path])
            if fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY:
                return os.dup(number)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK, 0o666)
        os.set_blocking(descriptor, True)
        return descriptor
    except OSError as error:
        raise Problem(f"cannot write LOG={path}: {error.strerror}") from None


def is_stream(path, descriptor):
    """Whether what is written there goes on to somebody, and cannot be read again: a pipe, a terminal."""
    return path.startswith("/dev/") or not stat.S_ISREG(os.fstat(descriptor).st_mode)


def claim_log():
    """Takes the file LOG, or another one if another run has that. Returns the machine's settings for it."""
    return claim(setting("LOG", "log.txt"))


@functools.cache
def claim(wanted):
    candidates = [wanted] + [os.path.join(setting("OBJ", "obj"), f"log-{index}.txt") for index in range(2, 100)]
    for Log.path in candidates:
        Log.descriptor = open_log(Log.path)
        if is_stream(Log.path, Log.descriptor):
            return {"log_stream": Log.descriptor}
        try:
            fcntl.flock(Log.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(Log.descriptor)
            continue
        if Log.path != wanted:
            print(f"Kinglet: {wanted} belongs to another run; this one writes {Log.path}", file=sys.stderr)
        return {"log": Log.path}
    raise Problem(f"{wanted} belongs to another run: give LOG=")


def reason(log):
    """The line of the log that says why it did not end well, or ""."""
    found = (re.search(pattern, log, re.MULTILINE) for pattern in REASONS)
    return next((match[match.lastindex or 0] for match in found if match), "")


def good_end(log):
    """What ended a run that went well, in words, as far as the log tells."""
    stop = re.search(r"^stop status=\w+ tick=(\d+)$", log, re.MULTILINE)
    if not stop:
        return "all went well, but the log has no end (is its disk full?)"
    tick = stop[1]
    if re.search(r"^key tick=\d+ key=q$", log, re.MULTILINE):
        return f"all went well; it was ended by q at tick {tick}"
    if re.search(rf'^start .* stop={tick}[ "]', log, re.MULTILINE):
        return f"all went well until it was stopped at tick {tick}"
    return f"all went well; the last process ended by tick {tick}"


def why(outcome, log):
    """What is known of why it did not end well, or ""."""
    if outcome.kind == "exit":
        return reason(log)
    rows = outcome.screen.text().splitlines() if outcome.screen else []
    return next((row.removeprefix("Kinglet: ") for row in rows if row.startswith("Kinglet: ")), "")   # the boot loader


def tell(sentence):
    """Says how a run ended, and where its log is."""
    return fail(f"{sentence}; the log is in {Log.path}" if Log.path else sentence)


def finish(outcome, log, headless):
    """Says how a run ended whose log is the text `log`. Returns the exit status."""
    if outcome.status == EXIT_CLEAN:
        tell(good_end(log))
    else:
        tell(": ".join(filter(None, [outcome.sentence or "QEMU was closed", why(outcome, log)])))
    if outcome.kind == "exit" and not headless:
        return 0 if outcome.status in (EXIT_CLEAN, EXIT_FAULT) else 1
    return 0 if outcome.status == EXIT_CLEAN or (outcome.kind == "closed" and not headless) else 1
