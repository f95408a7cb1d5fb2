"""lab_commands.py - what build/labs.py does when asked by name: make's targets for labs

What they work on comes from make's variables, through the environment.
"""
import os
import pathlib
import sys

import lab_handout
import lab_pictures
from labs import ROOT, read_lab, state_tree
from problem import Problem, fail


# What MODE= may be for a demonstration, and make's target for it
MODES = {"": "run", "graphic": "run-graphic", "console": "run-console", "headless": "run-headless", "gdb": "run-gdb",
         "screenshot": "screenshot"}


def setting(name, what=None):
    """A variable of make's; `what`: what it is, if it must be given."""
    value = os.environ.get(name, "")
    if what and not value:
        raise Problem(f"{name}= is missing: give {what}")
    return value


def outside_make():
    """The environment without what this make hands to those that it starts."""
    return {name: value for name, value in os.environ.items()
            if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")}


def replace_by(*command, **environment):
    """Go on as another command."""
    sys.stdout.flush()
    os.execvpe(command[0], [str(word) for word in command], {**outside_make(), **environment})


def derived(lab, n):
    """The tree of a state, in the folder of what is built."""
    return state_tree(lab, n, pathlib.Path(os.environ.get("OBJ") or "obj").resolve() / "labs" / f"{lab.name}-{n}")


def command_handout():
    lab = read_lab(setting("LAB"))
    out = setting("OUT", "the folder to write")
    print(f"Kinglet: {lab_handout.handout(lab, setting('STEP') or 0, out, setting('OVER') or None)}")


def command_demo():
    """Runs a state of a lab as `make run` does the kernel; MODE: graphic, console, headless, gdb or screenshot."""
    lab = read_lab(setting("LAB"))
    n = lab.step_number(setting("STEP", f"a step of lab {lab.name}, 0 to {lab.last}"))
    step = lab.steps[max(n, 1) - 1]
    words = setting("BOOT") or f"{step.program} {step.words}".strip()
    mode = setting("MODE")
    if mode not in MODES:
        raise Problem(f"MODE={mode}: not one of {' '.join(mode for mode in MODES if mode)}")
    log = os.path.abspath(os.environ.get("LOG") or "log.txt")
    replace_by("make", "--no-print-directory", "-C", derived(lab, n), MODES[mode], "OBJ=obj", f"LOG={log}",
               BOOT=words)


def command_pictures():
    lab_pictures.take_all(read_lab(setting("LAB")), setting("STEP"))


def grade_command(lab):
    return [sys.executable, str(ROOT / "tests" / "grade"), "--lab", lab.name]


def command_grade():
    lab = read_lab(setting("LAB"))
    options = [word for name in ("STEP", "CHECK") if setting(name) for word in (f"--{name.lower()}", setting(name))]
    replace_by(*grade_command(lab), *options, setting("SUBMISSION") or derived(lab, lab.last))


def command_replay():
    lab = read_lab(setting("LAB"))
    check = setting("CHECK", "the name of a check")
    replace_by(*grade_command(lab), "--replay", check, setting("SUBMISSION") or derived(lab, lab.last))


def command_check_container():
    import lab_container                # as root only, and rarely
    lab_container.check(read_lab(setting("LAB") or "vm"))


def command_autograder():
    lab = read_lab(setting("LAB"))
    replace_by(sys.executable, str(ROOT / "tests/grading/autograder.py"), lab.name,
               setting("OUT") or f"autograder-{lab.name}.zip")


def command_mutants():
    options = [word for name in ("LAB", "ONLY") if setting(name) for word in (f"--{name.lower()}", setting(name))]
    replace_by(sys.executable, str(ROOT / "tests/mutants/run.py"), *options)


def command_tree(arguments):
    if len(arguments) != 3:
        raise Problem("tree: give a lab, a step and a folder")
    state_tree(*arguments)


def command_steps(arguments):
    for step in read_lab(" ".join(arguments)).steps:
        print(f"{step.number}  {step.name:12}  {step.title}")


def main(words):
    by_words = {"tree": command_tree, "steps": command_steps}
    by_variables = {"handout": command_handout, "demo": command_demo, "pictures": command_pictures,
                    "grade": command_grade, "replay": command_replay, "autograder": command_autograder,
                    "mutants": command_mutants, "check-container": command_check_container}
    try:
        if words[:1] and words[0] in by_words:
            by_words[words[0]](words[1:])
        elif len(words) == 1 and words[0] in by_variables:
            by_variables[words[0]]()
        else:
            raise Problem(f"build/labs.py: give one of {' '.join([*by_words, *by_variables])}")
        return 0
    except Problem as problem:
        return fail(problem)
    except OSError as error:
        return fail(f"{error.filename or 'labs.py'}: {error.strerror or error}")

