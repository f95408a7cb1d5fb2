"""lab_pictures.py - pictures of the screen for a lab's text: for each step, right and typically wrong

Right is the state after the step. Wrong is the same with the bodies in the lab's wrong/STEP/, or, without those, the
state before. Made under instruction counting, so the same sources make the same pictures.
"""
import os
import pathlib
import subprocess

import labs
from problem import Problem


def take(tree, step, picture):
    """Build the tree, run the step's program, and write the screen at the step's moment into `picture`. Problem, with
    the first error, if there is then none."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "V", "ROOMS")}
    environment |= {"OUT": str(picture.resolve()), "BOOT": f"{step.program} {step.words}".strip(),
                    "TIME": str(step.picture.get("seconds", 5))}
    picture.unlink(missing_ok=True)
    picture.parent.mkdir(parents=True, exist_ok=True)
    answer = subprocess.run(["make", "-C", str(tree), "--no-print-directory", "OBJ=obj", "LOG=obj/picture-log.txt",
                             "screenshot"], text=True, env=environment, capture_output=True, check=False)
    if not picture.exists():
        said = [line for line in answer.stderr.splitlines() if not line.startswith("make")]
        errors = [line for line in said if "error" in line.lower()] or said or ["make says nothing"]
        raise Problem(f"{picture} was not written: {errors[0]}")


def take_step(lab, step, tree, folder):
    """Both pictures of a step, in `folder`; returns their paths. `tree` is where states are built."""
    wrong = lab.folder / "wrong" / step.name
    labs.state_tree(lab, step.number, tree)
    take(tree, step, folder / f"{step.name}-right.png")
    if wrong.is_dir():
        labs.state_tree(lab, step.number, tree, layers=[wrong])
    else:
        labs.state_tree(lab, step.number - 1, tree)
    take(tree, step, folder / f"{step.name}-wrong.png")
    return [folder / f"{step.name}-{kind}.png" for kind in ("right", "wrong")]


def take_all(lab, only="", folder=None):
    """The pictures of a lab, or of one step, into its pictures/."""
    folder = pathlib.Path(folder or lab.folder / "pictures")
    tree = pathlib.Path(os.environ.get("OBJ") or "obj").resolve() / "labs" / f"{lab.name}-pictures"
    steps = [step for step in lab.steps if not only or step.number == lab.step_number(only)]
    if not steps:
        raise Problem(f"STEP={only}: is no step of which there are pictures; leave STEP= out for all")
    for step in steps:
        if not step.program or not step.picture:
            raise Problem(f"labs/{lab.name}/lab.toml: step {step.name} has no program or no picture's seconds")
        for path in take_step(lab, step, tree, folder):
            print(f"Kinglet: wrote {os.path.relpath(path)}", flush=True)
