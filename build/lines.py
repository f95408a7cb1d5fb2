"""lines.py - how many lines of code a reader has to bear

`make lines` prints code, comments and blank lines apart, and fails if boot, kernel and lib together have more code
than BUDGET. Comments and blank lines are never what is saved, so they are not counted against it.
"""
import collections
import glob
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDERS = ("boot", "kernel", "lib", "user", "tests")
CORE = ("boot", "kernel", "lib")
BUDGET = 7500
PATTERNS = ("*.cc", "*.hh", "*.h", "*.c", "*.S")

Lines = collections.namedtuple("Lines", "code comments blank")


def count(text):
    """The lines of `text`, C++ or assembly, by kind. A line with code and a comment is code."""
    code = comments = blank = 0
    in_comment = False
    for line in text.splitlines():
        line = line.strip()
        if not line:
            blank += 1
        elif in_comment or line.startswith(("//", "/*")):
            comments += 1
            in_comment = "*/" not in line
            if line.startswith("//"):
                in_comment = False
        else:
            code += 1
            in_comment = "/*" in line and "*/" not in line.split("/*", 1)[1]
    return Lines(code, comments, blank)


def count_folder(folder):
    """The lines in all sources below `folder`."""
    names = [name for pattern in PATTERNS for name in glob.glob(f"{ROOT}/{folder}/**/{pattern}", recursive=True)]
    counts = [count(open(name, encoding="utf-8").read()) for name in names if os.path.isfile(name)]
    return Lines(*(sum(column) for column in zip(*counts))) if counts else Lines(0, 0, 0)


def main():
    print("    code  comments  blank")
    for folder in FOLDERS:
        lines = count_folder(folder)
        print(f"{lines.code:8} {lines.comments:9} {lines.blank:6}  {folder}")
    core = sum(count_folder(folder).code for folder in CORE)
    print(f"{core:8}                   boot, kernel and lib together, of at most {BUDGET}")
    return 0 if core <= BUDGET else f"Kinglet: boot, kernel and lib have {core} lines of code, more than {BUDGET}"


if __name__ == "__main__":
    sys.exit(main())
