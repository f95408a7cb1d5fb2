"""words.py - boot words: what a run is to be like, in one line for the kernel

Which words there are is said once, in the table of docs/log.md, and read from there: the first column has them in
backticks, a number as `N`. A word that the kernel would only warn of is refused here, before the machine starts.
"""
import difflib
import glob
import os
import re

from problem import Problem
from qemu_options import memory_size

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM_FOLDERS = ("user", "user/disk", "tests/programs")      # in the image, on the disk, for tests
TABLE = os.path.join(ROOT, "docs", "log.md")
LONGEST_LINE = 255                      # characters that the kernel has room for


def setting(name, default=""):
    """What make or the user's environment has for `name`."""
    return os.environ.get(name, "") or default


def programs():
    """Names of all programs, from their sources."""
    paths = [path for folder in PROGRAM_FOLDERS for suffix in ("cc", "c")
             for path in glob.glob(f"{glob.escape(os.path.join(ROOT, folder))}/p-*.{suffix}")]
    names = [os.path.splitext(os.path.basename(path))[0][2:] for path in paths if os.path.isfile(path)]
    if "allocator" in names:
        names += ["allocators", "allocator2", "allocator3", "allocator4"]
    return sorted(names)


def nearest_of(word, known):
    """The nearest of `known`, in words to append, or ""."""
    nearest = difflib.get_close_matches(word, known, 1, 0.6)
    return f'; the nearest is "{nearest[0]}"' if nearest else ""


def is_in_data(program):
    """Whether there may be a program of that name on the second disk: the kernel looks there too."""
    data = setting("DATA")
    return os.path.isfile(data) or os.path.isfile(os.path.join(data, program)) if data and program else False


def asked_by(program):
    """The boot words that a program's source asks for, in a comment line that begins with `Boot words:`."""
    for path in (os.path.join(ROOT, folder, f"p-{program}.{suffix}")
                 for folder in PROGRAM_FOLDERS for suffix in ("cc", "c")):
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                found = re.search(r"^(?://|/?\*|\s)+Boot words: (.*\S)", file.read(), re.MULTILINE)
            return found[1].split() if found else []
    return []


def documented():
    """The table's words: for each key its values, and the text of its rows."""
    try:
        with open(TABLE, encoding="utf-8") as file:
            table = file.read().partition("\n## Boot words\n")[2].partition("\n## ")[0]
    except OSError:
        return {}
    known = {}
    for row in re.findall(r"^\| (`.*)", table, re.MULTILINE):
        words, _, meaning = row.partition(" | ")
        for key, value in re.findall(r"`(\w+)=([^`]*)`", words):
            values, meanings = known.get(key, ([], ""))
            known[key] = values + [value], meanings + meaning
    return known


def at_most(meaning):
    """The first number that a row of the table calls the most there may be."""
    found = re.search(r"at most ([\d,]+)", meaning)
    return int(found[1].replace(",", "")) if found else 2 ** 64 - 2


def check_keys(value, meaning):
    """Problem unless `value` is `TICK:KEY,...` with ticks that do not go down."""
    names, last = re.findall(r"`([a-z-]+)`", meaning), 0
    if len(value) > at_most(meaning):
        raise Problem(f"BOOT: keys= has {len(value)} characters, of at most {at_most(meaning)}")
    rest = value
    while rest:
        entry = re.match(r"([0-9]+):(,(?=,|$)|[^,]+)(?:,|$)", rest)
        tick, key = entry.groups() if entry else ("", "")
        is_line = len(key) > 1 and key.startswith("=")
        if len(key) != 1 and key not in names and not is_line:
            nearest = nearest_of(key, names) if len(key) > 2 else ""
            raise Problem(f'BOOT: keys= has "{rest.split(",")[0]}", which is no TICK:KEY such as 300:q{nearest}')
        if int(tick) < last:
            raise Problem(f"BOOT: keys= has tick {tick} after tick {last}; ticks must not go down")
        last, rest = int(tick), rest[entry.end():]


def check_word(word, known):
    """Problem unless the kernel understands `word`."""
    key, equals, value = word.partition("=")
    if not equals or key not in known:
        what = f"{key}=" if equals else word
        also = "" if equals else " (only the first word may be a program)"
        raise Problem(f'BOOT: "{what}" is no boot word{also}{nearest_of(what, [f"{each}=" for each in known])}; '
                      "docs/log.md lists them")
    values, meaning = known[key]
    if "N" in values:
        if not re.fullmatch("[0-9]+", value) or int(value) > at_most(meaning):
            raise Problem(f'BOOT: {word}: "{value}" is not a whole number from 0 to {at_most(meaning)}')
    elif key == "keys":
        check_keys(value, meaning)
    elif value not in values:
        nearest = nearest_of(word, [f"{key}={each}" for each in values])
        raise Problem(f"BOOT: {word}: {key}= is one of {' '.join(values)}{nearest}")


def boot_words(program, own):
    """The line of boot words: what to start, those that its source asks for, `own` ones of the mode, then the user's;
    the later prevail, so that a program goes at the same pace whether it is watched or not, unless the user says. With
    more or less memory than the weensy machine's 16M, it is a big machine unless they say which. Problem if the
    kernel would not understand all of it."""
    given = setting("BOOT").split()
    if given and "=" not in given[0]:
        program = given.pop(0)
    program = program or "allocators"
    if program not in programs() and not is_in_data(program):
        to_watch = [each for each in programs() if not each.startswith(("test", "bench", "fuzz"))]
        raise Problem(f'there is no program "{program}"{nearest_of(program, programs())}; '
                      f'there are: {" ".join(to_watch)}')
    if program == "fuzz":               # its image has seed and calls (build/fuzz.mk); it counts where the screen is
        given = ["view=off", "audit=on"] + [word for word in given if not word.startswith(("seed=", "calls="))]
    known = documented()
    asked = asked_by(program)
    for word in asked + given if known else []:
        check_word(word, known)
    if memory_size(setting("MEMORY", "16M")) != memory_size("16M") and not any(
            word.startswith("machine=") for word in given):
        own = own + ["machine=big"]
    if setting("DATA") and "files=on" not in asked:
        own = own + ["files=on"]
    line = " ".join([program] + asked + own + given)
    if len(line) > LONGEST_LINE:
        raise Problem(f"BOOT: these boot words are {len(line)} characters, of at most {LONGEST_LINE}")
    return line
