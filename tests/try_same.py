#!/usr/bin/env python3
"""try_same.py - grades the same submissions again and again on a busy machine: is each result the same, to the letter?

    tests/try_same.py [GRADINGS] [BUSY]         200 gradings beside 8 processes that do nothing but keep busy

The submissions are some of dishonest.toml, which end in all ways there are, and a right one. Not part of `make check`.
"""
import collections
import json
import os
import pathlib
import subprocess
import sys
import time
import tomllib

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent / "build")]
import scratch                                                  # noqa: E402
import toy_lab                                                  # noqa: E402
from grading import build, formats, result                      # noqa: E402
from grading.lab import Lab                                     # noqa: E402

KINDS = ("prints ok", "panics", "powers off", "resets by a triple fault", "loops", "lets everybody wait", "waits for ever",
         "turns the watchdog off and loops", "floods the log", "changes the program")


def told(lab, built):
    """All that a grading says but the time it took, as one text."""
    records = [formats.check_record(each) for each in result.Grading(lab, lab.chosen(), built).run()]
    for each in records:
        each.pop("seconds")
    return json.dumps(records, indent=1)


def submissions(lab, tree, folder):
    """{name: build.Submission} of each kind, built."""
    known = {each["name"]: each["body"] for each in tomllib.loads(
        pathlib.Path(__file__).with_name("dishonest.toml").read_text(encoding="utf-8"))["kernel"] if "body" in each}
    found = {}
    for name in ("right", *KINDS):
        place = folder / name.replace(" ", "-")
        toy_lab.write_submission(place, known.get(name, toy_lab.RIGHT))
        found[name] = build.Submission(lab, tree, str(place))
    return found


def main(gradings=200, busy=8):
    with scratch.Folder("same") as name:
        folder = pathlib.Path(name)
        toy_lab.write_root(folder / "hand-out")
        lab = Lab("toy", str(folder / "hand-out"))
        built = submissions(lab, build.Tree(lab, folder / "obj"), folder)
        loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(int(busy))]
        start, seen = time.monotonic(), collections.defaultdict(collections.Counter)
        try:
            for number in range(int(gradings)):
                kind = list(built)[number % len(built)]
                seen[kind][told(lab, built[kind].built)] += 1
                if len(seen[kind]) > 1 and seen[kind].most_common()[-1][1] == 1:
                    print(f"{kind}: " + "\n----\n".join(seen[kind]), flush=True)
        finally:
            for loop in loops:
                loop.kill()
                loop.wait()
            for each in built.values():
                each.close()
    different = [kind for kind, texts in seen.items() if len(texts) > 1]
    print(f"{gradings} gradings of {len(built)} submissions beside {busy} busy processes in "
          f"{time.monotonic() - start:.0f} s, on {os.cpu_count()} processors: {', '.join(different) or 'none'} differ")
    return int(bool(different))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
