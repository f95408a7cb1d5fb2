#!/usr/bin/python3
"""run.py - is the grader right? Grades kernels of which we know whether they are wrong

Mutants are in LAB/wrong and LAB/right (mutant.py says in what form); trial.py says what must become of them.

    make mutants [LAB=vm] [ONLY=name,name]
"""
import contextlib
import os
import pathlib
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import mutant as mutants                # noqa: E402
import scratch                          # noqa: E402
import trial                            # noqa: E402
from mutant import Problem              # noqa: E402
from problem import Parser                                      # noqa: E402


def print_verdict(verdict):
    mutant = verdict.mutant
    name = f"{mutant.lab}/{mutant.kind}/{mutant.name}"
    elsewhere = f"; {verdict.elsewhere}" if verdict.elsewhere else ""
    print(f"{verdict.outcome:18} {name:48} {verdict.seconds:5.1f} s  {verdict.text}{elsewhere}",
          flush=True)


def summary(verdicts):
    """How many there are of each outcome."""
    outcomes = [verdict.outcome for verdict in verdicts]
    hidden = sum("NOT FOUND" in verdict.elsewhere for verdict in verdicts)
    counts = [f"{outcomes.count(name)} {name}" for name in trial.OUTCOMES if name in outcomes]
    return ", ".join(counts + [f"{hidden} of them not found in the other state"] * bool(hidden))


def main():
    parser = Parser(description="Grades kernels of which it is known whether they are wrong.")
    parser.add_argument("--lab", default="")
    parser.add_argument("--kind", choices=("wrong", "right"))
    parser.add_argument("--only", default="", metavar="NAMES")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--all", action="store_true", help="let wrong kernels go through all checks")
    parser.add_argument("--keep", metavar="FOLDER", help="leave the mutants' sources in this folder")
    arguments = parser.parse_args()
    start = time.monotonic()
    try:
        chosen = [each for each in mutants.read_mutants(arguments.lab, arguments.only)
                  if arguments.kind in (None, each.kind)]
        with contextlib.nullcontext(arguments.keep) if arguments.keep else scratch.Folder("mutants") as folder:
            workshop = mutants.Workshop(pathlib.Path(folder).resolve())
            verdicts = trial.try_all(workshop, chosen, os.environ.get("OBJ") or mutants.ROOT / "obj",
                                     arguments.jobs, print_verdict, arguments.all)
    except Problem as problem:
        print(f"Kinglet: {problem}", file=sys.stderr)
        return 2
    print(f"{len(verdicts)} mutants in {time.monotonic() - start:.0f} s: {summary(verdicts)}")
    return 0 if all(verdict.good for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
