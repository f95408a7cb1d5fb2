#!/usr/bin/env python3
"""grade.py - a course's points for this kernel

`make grade` runs it: a line and points for each property in PROPERTIES; under one that is lost, what was expected, what
was found, and the command that shows it again. Ends with status 0 only for full marks.

Each property is judged by log.txt of a few programs, run without a screen and under instruction counting, so that the
same kernel always gets the same points; memory is audited after changes. A finding of the audit costs the property that
it contradicts. What can be tested only with a working fork (`needs`) is left out while fork itself is lost, so that one
mistake is told once; a property of which nothing is left to test has no points, and the reason. The logs stay in
obj/grade/.
"""
import concurrent.futures
import dataclasses
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "build"))
import qemu                                                     # noqa: E402

TICKS = {"allocators": 50, "fork": 50, "exit": 200}             # of these, which never end; others get DEFAULT_TICKS
DEFAULT_TICKS = 500
TICKS_PER_SECOND = 100


@dataclasses.dataclass
class Run:
    """What is known of one run: its log's lines, and how it ended."""
    program: str
    lines: list
    outcome: qemu.Outcome

    def matching(self, pattern):
        return [line for line in self.lines if re.search(pattern, line)]

    def replay(self):
        seconds = TICKS.get(self.program, DEFAULT_TICKS) / TICKS_PER_SECOND
        target = "run-headless" + ("" if self.program == "allocators" else f"-{self.program}")
        return f'make {target} BOOT="audit=on" TIME={seconds:g}'


### Conditions on a run: each returns None, or what was expected and what was found.

def found(lines, otherwise):
    return f'"{lines[0]}"' if lines else otherwise


def ended(run):
    """The machine came to its end: no kernel panic, no reset, nothing wedged."""
    panic = run.matching("^kernel panic")
    if run.outcome.kind == "exit" and not panic and run.matching("^stop "):
        return None
    return "the kernel to go on to its end", found(panic, run.outcome.sentence or "a log without its last line")


def quiet(run):
    """No process faulted, panicked or complained."""
    bad = run.matching("^(fault|panic|warning) |^log pid=[0-9]+: not ok")
    return ("no process in trouble", found(bad, "")) if bad else None


def passed(run):
    """The test program says so, and none of its processes says otherwise."""
    bad = run.matching("^panic |^log pid=[0-9]+: not ok")
    if bad or not run.matching("^log pid=1: ok$"):
        return 'the line "log pid=1: ok" and none with "not ok"', found(bad, "no such line")
    return None


def says(pattern, count=1):
    """At least `count` lines match `pattern`."""
    def condition(run):
        number = len(run.matching(pattern))
        return None if number >= count else (f"{count} or more lines like \"{pattern}\"", f"{number}")
    return condition


def refused(count):
    """Each of `count` attempts is answered by a fault of the process that made it."""
    def condition(run):
        causes = "page fault|null pointer access|general protection|stack segment fault"
        attempts = run.matching(f"^log pid=[0-9]+: try |^fault pid=[0-9]+: .*({causes})")
        for line, following in zip(attempts, [*attempts[1:], "none"]):
            pid = re.match(r"\w+ (pid=\d+):", line)[1]
            if line.startswith("log ") and not following.startswith(f"fault {pid}:"):
                return f"a fault of {pid} after \"{line}\"", f"\"{following}\""
        found_count = sum(line.startswith("log ") for line in attempts)
        return None if found_count == count else (f"{count} attempts to touch what is forbidden", f"{found_count}")
    return condition


def most_pages(run):
    """p-test-anypage got at least three quarters of the memory that was free."""
    free = re.search(r"^machine .*\bfree=(\d+)", "\n".join(run.lines), re.MULTILINE)
    got = re.search(r"^log pid=1: got (\d+) pages", "\n".join(run.lines), re.MULTILINE)
    pages, wanted = int(got[1]) if got else 0, int(free[1]) * 3 // 4 if free else 1
    return None if pages >= wanted else (f"{wanted} or more pages for one process", f"{pages}")


def four_alive(run):
    """Four processes start, and all are there in the end."""
    pids = [int(pid) for pid in re.findall(r"^(?:process|fork) pid=(\d+)", "\n".join(run.lines), re.MULTILINE)]
    if sorted(pids) != [1, 2, 3, 4]:
        return "processes 1, 2, 3, 4 to start", " ".join(map(str, pids)) or "none"
    gone = run.matching("^exit ")
    return ("none of the four to end", found(gone, "")) if gone else None


### Properties

@dataclasses.dataclass
class Check:
    program: str
    conditions: tuple                   # besides `ended`
    needs: tuple = ()                   # properties without which this check says nothing


@dataclasses.dataclass
class Property:
    name: str
    points: int
    sentence: str
    checks: tuple


PROPERTIES = [
    Property("isolation", 20, "no process can touch the kernel", (
        Check("test-isolation", (passed, refused(1))),
        Check("test-kernelmemory", (passed, refused(33)), needs=("fork",)),
    )),
    Property("spaces", 15, "each process has an address space of its own", (
        Check("allocators", (quiet, four_alive)),
    )),
    Property("pages", 15, "any virtual page can become any physical page, of zeros", (
        Check("test-anypage", (quiet, passed, most_pages)),
        Check("test-pagealloc", (quiet, passed, says("^log pid=[0-9]+: stack replaced$")), needs=("fork", "freeing")),
    )),
    Property("overlap", 10, "processes use the same virtual addresses for different memory", (
        Check("allocators", (quiet, four_alive)),       # whose stacks have one address
        Check("fork", (quiet, four_alive), needs=("fork",)),
    )),
    Property("fork", 15, "fork makes a copy that shares nothing that can be written", (
        Check("fork", (quiet, four_alive)),
        Check("test-fork", (quiet, passed, says("^log pid=[0-9]+: child ok$"))),
    )),
    Property("freeing", 15, "what ends, or fails half-way, gives everything back", (
        Check("exit", (quiet, says("^exit ", 100)), needs=("fork",)),
        Check("test-forkmany", (quiet, passed, says("^exit ", 1003)), needs=("fork",)),
        Check("test-forkslots", (quiet, passed, says("^exit ", 69)), needs=("fork",)),
        Check("test-forkmemory", (quiet, passed), needs=("fork",)),
    )),
    Property("sharing", 10, "processes share what none of them can write", (
        Check("test-share", (passed, refused(2)), needs=("fork",)),
        Check("test-sharemany", (quiet, passed, says("^exit ", 35)), needs=("fork",)),
    )),
]


def run_program(obj, program):
    """Runs `program`, its log in obj/grade/."""
    os.makedirs(os.path.join(obj, "grade"), exist_ok=True)
    log = os.path.join(obj, "grade", f"{program}.txt")
    ticks = TICKS.get(program, DEFAULT_TICKS)
    image = "kinglet-test.img" if program.startswith("test") else "kinglet.img"
    words = f"{program} view=off stop={ticks} audit=on"
    qemu_path = os.environ.get("QEMU") or "qemu-system-x86_64"
    with qemu.Machine(os.path.join(obj, image), words=words, log=log, qemu=qemu_path) as machine:
        outcome = machine.run(ticks / TICKS_PER_SECOND)
        return Run(program, machine.log().splitlines(), outcome)


def run_all(obj):
    """All programs' runs, by name."""
    programs = list(dict.fromkeys(check.program for property_ in PROPERTIES for check in property_.checks))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return dict(zip(programs, pool.map(lambda program: run_program(obj, program), programs)))


def contradicted(run, finding):
    """The name of the property that a finding of the audit contradicts."""
    if re.search("kernel (mapping|memory), expected|page table of pid", finding):
        return "isolation"
    if not run.matching("^(fork|exit) "):
        return "spaces"
    return "freeing" if re.search("leaked|free, expected|refcount", finding) else "fork"


def problems(property_, runs, lost):
    """What is wrong: (run, expected, found) each; (None, what it needs, "") if nothing can be judged since one of the
    properties named in `lost` is lost."""
    judged = [check for check in property_.checks if not set(check.needs) & lost]
    if not judged:
        return [(None, "".join(property_.checks[0].needs), "")]
    result = []
    for run in runs.values():
        findings = [line for line in run.matching("^audit: ") if contradicted(run, line) == property_.name]
        result += [(run, "a clean audit", f'"{line}"') for line in findings[:1]]
    for check in judged:
        run = runs[check.program]
        failures = [failure for condition in (ended, *check.conditions) if (failure := condition(run))]
        result += [(run, *failure) for failure in failures[:1]]
    return result


def judge(runs):
    """{name of a property: its problems}. Those that others need come first."""
    result = {}
    for property_ in sorted(PROPERTIES, key=lambda each: (each.name != "fork", each.name != "freeing")):
        result[property_.name] = problems(property_, runs, {name for name, wrong in result.items() if wrong})
    return result


def report(verdict):
    """Lines for people."""
    lines, total = [], 0
    for property_ in PROPERTIES:
        wrong = verdict[property_.name]
        points = 0 if wrong else property_.points
        total += points
        lines.append(f"{points:3d} of {property_.points:3d}  {property_.name:9}  {property_.sentence}")
        for run, expected, what in wrong[:3]:
            if run:
                lines += [f"              expected {expected}, found {what}", f"              again: {run.replay()}"]
            else:
                lines.append(f"              cannot be judged without {expected}")
    lines.append(f"{total:3d} of {sum(each.points for each in PROPERTIES):3d}  in all")
    return lines


def main():
    try:
        verdict = judge(run_all(os.environ.get("OBJ") or "obj"))
    except qemu.Problem as problem:
        return qemu.fail(problem)
    print(*report(verdict), sep="\n")
    return 1 if any(verdict.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
