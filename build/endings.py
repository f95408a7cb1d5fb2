"""endings.py - every run ends with a sentence: what happened, and where the log is"""
import re

from problem import fail
from qemu import EXIT_CLEAN, EXIT_FAULT

# In the log: why a run did not end well. The first of each kind is told, of the kinds the first that is there.
REASONS = [r"^kernel panic: .*", r"^audit: .*", r"^fault pid=\d+: (.*)", r"^(panic pid=\d+: .*)",
           r"^warning (cannot start .*)"]
LONGEST_LOG = 64 << 20                  # bytes of which a reason is looked for


class Log:
    """Where this run's log goes: `path` as the user knows it, once it is known."""
    path = None


def read_log():
    try:
        with open(Log.path, encoding="latin-1") as file:
            return file.read(LONGEST_LOG)
    except (OSError, TypeError):
        return ""


def reason(log):
    """The line of the log that says why it did not end well, or ""."""
    found = (re.search(pattern, log, re.MULTILINE) for pattern in REASONS)
    return next((match[match.lastindex or 0] for match in found if match), "")


def good_end(log):
    """What ended a run that went well, in words, as far as the log tells."""
    stop = re.search(r"^stop status=\w+ tick=(\d+)$", log, re.MULTILINE)
    if not stop:
        return "all went well"
    tick = stop[1]
    if re.search(r"^key tick=\d+ key=q$", log, re.MULTILINE):
        return f"all went well; it was ended by q at tick {tick}"
    if re.search(rf'^start .* stop={tick}[ "]', log, re.MULTILINE):
        return f"all went well until it was stopped at tick {tick}"
    return f"all went well; the last process ended by tick {tick}"


def tell(sentence):
    """Says how a run ended, and where its log is."""
    return fail(f"{sentence}; the log is in {Log.path}" if Log.path else sentence)


def finish(outcome, headless):
    """Says how a run ended. Returns the exit status."""
    log = read_log()
    if outcome.status == EXIT_CLEAN:
        tell(good_end(log))
    else:
        why = reason(log) if outcome.kind == "exit" else ""
        tell(": ".join(filter(None, [outcome.sentence or "QEMU was closed", why])))
    if outcome.kind == "exit" and not headless:
        return 0 if outcome.status in (EXIT_CLEAN, EXIT_FAULT) else 1
    return 0 if outcome.status == EXIT_CLEAN or (outcome.kind == "closed" and not headless) else 1
