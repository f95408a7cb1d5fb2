#!/usr/bin/env python3
"""try_fresh.py - follows the README on a machine with nothing on it but Debian: make check-fresh SUITE=trixie, as root

Makes a small Debian of that suite with debootstrap from this machine's own mirror, clones what is committed here into a copy of it,
and types there what README.md says under "Run it". So a package that `build/setup` forgets shows, and a file that was
never committed. $PYTEST reaches `make check`. The clean system stays in $OBJ/clean/SUITE for the next time; the copy goes.
Not part of `make check`: it takes as long as that, and the installing of all packages.
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "build"), str(ROOT / "tests")]
import clean_debian                                             # noqa: E402
from problem import Problem, fail                               # noqa: E402

CLONE = "root/kinglet"
LAST_LINES = 40                         # of a command that failed
# What a command must have said, if it has an output to be known by
SAYS = {"make run": "PHYSICAL MEMORY", "make check": r"\d+ passed"}


def commands(readme):
    """The commands of the README's section "Run it", in their order."""
    section = readme.split("## Run it\n")[1].split("\n## ")[0]
    found = re.findall(r"^    (\S.*)$", section, re.MULTILINE)
    if len(found) < 2:
        raise Problem("README.md has no two commands under \"Run it\"")
    return found


def git(*words):
    """What git says. These sources may be somebody else's than root's, which git would not touch."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as config:
        config.write("[safe]\n\tdirectory = *\n")
        config.flush()
        made = subprocess.run(["git", *map(str, words)], env={**os.environ, "GIT_CONFIG_GLOBAL": config.name},
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if made.returncode:
        raise Problem(f"git {words[0]} failed: {(made.stdout.strip().splitlines() or [''])[-1]}")
    return made.stdout.strip()


def clone(system):
    """What is committed here, as somebody gets it who clones it."""
    git("clone", "--quiet", "--no-hardlinks", f"file://{ROOT}", system / CLONE)
    print(f"cloned {git('-C', system / CLONE, 'log', '-1', '--format=%h %s')}", flush=True)


# What a package manager tells of each package: not shown, unless it failed.
CHATTER = re.compile(r"Get:|Selecting|Preparing|Unpacking|Setting up|Processing|\(Reading|  \S|\.\.\.")


def follow(reading, kept):
    """Shows what comes, and keeps it."""
    for line in reading:
        kept.append(line)
        if not CHATTER.match(line) or re.match("  [A-Z]+ ", line):
            print(f"    {line}", end="", flush=True)


def type_command(system, command):
    """Types `command` in the clone. Returns the lines that it wrote; Problem if it is not well."""
    print(f"$ {command}", flush=True)
    reading, writing = os.pipe()
    kept = []
    with open(reading, encoding="utf-8", errors="replace") as output:
        follower = threading.Thread(target=follow, args=(output, kept))
        follower.start()
        try:
            environment = {"PYTEST": f"-rs {os.environ.get('PYTEST', '')}"}
            end = clean_debian.enter(system, "sh", "-c", command, folder=f"/{CLONE}", stdout=writing,
                                     environment=environment)
        finally:
            os.close(writing)
            follower.join()
    text = "".join(kept)
    lacking = [pattern for name, pattern in SAYS.items() if command.endswith(name) and not re.search(pattern, text)]
    if end.returncode:
        print("".join(kept[-LAST_LINES:]), end="", flush=True)
    if end.returncode or lacking:
        why = f"status {end.returncode}" if end.returncode else f"it did not say {lacking[0]}"
        raise Problem(f"on a fresh machine, {command} went wrong: {why}")
    return kept


def main():
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        clean_debian.check_possible("make check-fresh")
        suite, start = clean_debian.chosen_suite(), time.monotonic()
        clean = pathlib.Path(os.environ.get("OBJ") or ROOT / "obj").resolve() / "clean" / suite
        with clean_debian.copy(clean_debian.install(clean / "system", suite), suite) as system:
            clone(system)
            for command in commands((system / CLONE / "README.md").read_text(encoding="utf-8")):
                kept = type_command(system, command)
        minutes = (time.monotonic() - start) / 60
        print(f"Kinglet: README.md's commands work on a fresh {suite} ({kept[-1].strip()}; {minutes:.0f} min in all)")
        return 0
    except Problem as problem:
        return fail(problem)
    except OSError as error:
        return fail(f"{error.filename or 'make check-fresh'}: {error.strerror or error}")
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
