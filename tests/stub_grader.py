"""stub_grader.py - stands in for tests/grade where test_classes.py grades a class

    stub_grader.py [options of tests/grade] --json FILE SUBMISSION

Does what the submission's file kernel/work.cc says by a word in it: `loop` never ends, `crash` dies half-way, `flood`
prints without end, `garbage` leaves a report that is none; each other file earns a point for each check.
"""
import os
import sys
import time
import types

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from grading import formats                                     # noqa: E402

FILES = ["kernel/work.cc"]
CHECKS = [types.SimpleNamespace(id=f"check-{number}", step=step, title=f"Check {number} holds", points=10,
                                visibility=visibility)
          for number, (step, visibility) in enumerate([("one", "visible"), ("one", "hidden"), ("two", "visible")])]


def passed(check):
    return types.SimpleNamespace(**vars(check), earned=check.points, status="passed", seconds=0.25, wrong=None)


def main():
    report, submission = sys.argv[sys.argv.index("--json") + 1], sys.argv[-1]
    with open(os.path.join(submission, FILES[0]), encoding="latin-1") as file:
        text = file.read()
    with formats.Outputs("stub", submission, json=report) as outputs:
        outputs.begin(CHECKS)
        print(f"graded {submission}: {' '.join(sys.argv[1:sys.argv.index('--json')])}", flush=True)
        outputs.add(passed(CHECKS[0]))
        if "loop" in text:
            time.sleep(1000)
        if "crash" in text:
            os._exit(3)
        if "flood" in text:
            for _ in range(100):
                print("x" * 100_000)
        for check in CHECKS[1:]:
            outputs.add(passed(check))
        outputs.finish()
    if "garbage" in text:
        with open(report, "w", encoding="utf-8") as file:
            file.write('{"checks": ')


if __name__ == "__main__":
    main()
