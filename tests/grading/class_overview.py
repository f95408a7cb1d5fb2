"""class_overview.py - what a class has learned: points by check, and the mistakes that many made

`overview(reports, checks)` is a text for instructors, made of the results of a class: a line a check, in the lab's
order, and the commonest mistakes, each with the submissions that made it. Two made the same one if the same check
failed, in the same function, with the same sentence but for its numbers.
"""
import collections
import re

MOST_MISTAKES, MOST_NAMES, LONGEST = 20, 5, 110


def mistake(check):
    """What makes two failures the same: (check, function, sentence)."""
    wrong = check["wrong"] or {}
    found = re.sub(r"\b0x[0-9a-f]+\b|\b\d+(\.\d+)?\b", "N", wrong.get("found", "").split("\n")[0])
    return check["id"], wrong.get("function", "").split("\n")[0], found


def by_check(reports, checks):
    """[(id, points, how many passed, failed, were blocked or not judged)] in the checks' order."""
    counts = {check.id: collections.Counter() for check in checks}
    for report in reports:
        for check in report["checks"]:
            if check["id"] in counts:
                counts[check["id"]][check["status"]] += 1
    return [(check.id, check.points, counts[check.id]["passed"], counts[check.id]["failed"],
             sum(counts[check.id][status] for status in ("blocked", "error", "pending"))) for check in checks]


def common_mistakes(reports):
    """[(mistake, names of submissions)], the commonest first."""
    found = collections.defaultdict(list)
    for report in reports:
        for check in report["checks"]:
            if check["status"] == "failed":
                found[mistake(check)].append(report["submission"])
    return sorted(found.items(), key=lambda each: (-len(each[1]), each[0]))


def unusual(reports):
    """[(message, names of submissions)] of what was told of whole submissions, the commonest first."""
    found = collections.defaultdict(list)
    for report in reports:
        for line in report["message"].splitlines():
            found[line].append(report["submission"])
    return sorted(found.items(), key=lambda each: (-len(each[1]), each[0]))


def listed(names):
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def overview(reports, checks):
    """The text."""
    lines = [f"{len(reports)} submissions", "", f"{'check':32}{'points':>7}{'passed':>8}{'failed':>8}{'blocked':>8}"]
    for name, points, passed, failed, blocked in by_check(reports, checks):
        lines.append(f"{name:32}{points:>7g}{passed:>8}{failed:>8}{blocked:>8}")
    lines += ["", "The commonest mistakes"]
    for (check, function, found), names in common_mistakes(reports)[:MOST_MISTAKES]:
        where = f" ({function})" if function else ""
        lines += ["", f"{len(names):4}  {check}{where}: {found}"[:LONGEST], f"      {listed(names)}"]
    lines += ["", "What was told of whole submissions"]
    for message, names in unusual(reports)[:MOST_MISTAKES]:
        lines += ["", f"{len(names):4}  {message}"[:LONGEST], f"      {listed(names)}"]
    return "\n".join(lines) + "\n"
