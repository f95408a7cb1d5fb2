"""grading - what tests/grade is made of

    lab       what a lab's lab.toml and checks.toml say
    build     the grader's own tree, and a submission's kernel built in it
    built     what was built: images, symbols, programs
    machine   one run of the machine, stopped at the moments of a check's program
    view      memory and page tables as they were at a stop
    run       the same as a check's property sees it: `Run`, `Moment`, `Wrong`
    explain   how a run, or a build, went wrong, in words
    picture   a few rows of memory as text
    result    all checks of a submission, in order, on all cores
    report    their results as text
    replay    one check again, stopped where it fails
    formats, submission, sandbox, classes, autograder: see there
"""
import os
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(TESTS)
for _folder in (TESTS, os.path.join(ROOT, "build")):
    if _folder not in sys.path:
        sys.path.insert(0, _folder)
