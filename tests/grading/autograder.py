"""autograder.py - what Gradescope grades a lab with: `make autograder LAB=vm OUT=vm.zip`

    tests/grading/autograder.py LAB OUT

The zip file has, at its top, setup.sh and run_autograder (tests/gradescope/), and in kinglet/ a hand-out of the lab as
it begins, with all checks, hidden ones too, and nothing of a solution. The same tree makes the same zip, to the byte.
"""
import os
import pathlib
import shutil
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "build"), str(ROOT / "tests")]
import lab_handout                                              # noqa: E402
import lab_leaks                                                # noqa: E402
import labs                                                     # noqa: E402
import scratch                                                  # noqa: E402
from problem import Problem, fail                               # noqa: E402

SCRIPTS = ("setup.sh", "run_autograder", "tools")
LEFT_OUT = ("pictures/", "README.md", "Dockerfile", ".")         # and all that is for editors and git
DATE = (2000, 1, 1, 0, 0, 0)


def add_checks(lab, folder):
    """Makes the hand-out's checks all that the lab has."""
    target = folder / "labs" / lab.name
    for path in sorted(lab.folder.iterdir()):
        if path.is_file() and (path.suffix == ".py" or path.name == "checks.toml"):
            shutil.copy2(path, target / path.name)
    shutil.copytree(lab.folder / "check", target / "check", dirs_exist_ok=True)
    shutil.copy2(lab.root / "labs" / "u-check.hh", folder / "labs" / "u-check.hh")


def write_zip(folder, out):
    """Writes what is in `folder` to the file `out`, its folder not included."""
    temporary = out.with_name(f"{out.name}.new")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in labs.files_below(folder):
            info = zipfile.ZipInfo(path, DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            mode = 0o755 if os.access(folder / path, os.X_OK) else 0o644
            info.external_attr = (0o100000 | mode) << 16
            archive.writestr(info, (folder / path).read_bytes())
    temporary.replace(out)


def autograder(name, out, root=labs.ROOT):
    """Makes the zip file `out` for the lab `name`. Returns a sentence."""
    lab, out = labs.read_lab(name, root), pathlib.Path(out)
    if out.suffix != ".zip" or out.is_dir():
        raise Problem(f"OUT={out}: give a file's name that ends in .zip")
    if not lab_handout.read_checks(lab).get("check"):
        raise Problem(f"lab {lab.name} has no checks: there is nothing to grade")
    with scratch.Folder("autograder") as work, lab_leaks.States(lab) as states:
        folder = pathlib.Path(work)
        kinglet = folder / "kinglet"
        lab_handout.handout_tree(states, 0, kinglet)
        for path in labs.files_below(kinglet):
            if path.startswith(LEFT_OUT):
                (kinglet / path).unlink()
        add_checks(lab, kinglet)
        for script in SCRIPTS:
            text = (lab.root / "tests" / "gradescope" / script).read_text(encoding="utf-8")
            (folder / script).write_text(text, encoding="utf-8")        # with Unix line ends, and run, whatever
            (folder / script).chmod(0o755)                              # this checkout has
        out.parent.mkdir(parents=True, exist_ok=True)
        write_zip(folder, out)
    return f"{out}: the autograder of lab {lab.name}, {len(lab_handout.read_checks(lab)['check'])} checks"


def main(words):
    try:
        if len(words) != 2:
            raise Problem("autograder.py: give a lab and the zip file to write")
        print(f"Kinglet: {autograder(*words)}")
        return 0
    except Problem as problem:
        return fail(problem)
    except OSError as error:
        return fail(f"{error.filename or 'OUT='}: {error.strerror or error}")


if __name__ == "__main__":
    sys.path.remove(os.path.dirname(os.path.abspath(__file__)))
    sys.exit(main(sys.argv[1:]))
