"""host.py - which lines the unit tests run on this machine: GCC counts them, and its tool `gcov` tells

Programs are built with `g++ --coverage`, each in a folder of its own, where it leaves its counts when it is run.
"""
import collections
import json
import os
import pathlib
import subprocess


def run_programs(folder):
    """Runs every program FOLDER/NAME/NAME, anew. Whether a test fails is of no interest here."""
    for each in sorted(pathlib.Path(folder).iterdir()):
        for old in each.glob("*.gcda"):
            old.unlink()
        subprocess.run([each / each.name, "--gtest_brief=1"], check=False, stdout=subprocess.DEVNULL)


def line_counts(folder, root):
    """{file below `root`: {line: how often it ran}} for the programs in `folder`, together."""
    result = collections.defaultdict(collections.Counter)
    for notes in sorted(pathlib.Path(folder).glob("*/*.gcno")):
        answer = subprocess.run(["gcov", "--json-format", "--stdout", notes.name], cwd=notes.parent, check=True,
                                capture_output=True, text=True)
        for text in answer.stdout.splitlines():
            unit = json.loads(text)
            for file in unit["files"]:
                path = os.path.normpath(os.path.join(unit["current_working_directory"], file["file"]))
                name = os.path.relpath(path, root)
                for line in file["lines"]:
                    result[name][line["line_number"]] += line["count"]
    return result
