"""lines.py - what a reader has to bear

`make lines` prints code, comments and blank lines apart, and tells what is too much: code of boot, kernel and lib
together, code on the tour's core path, a long file, a long function, a long line. Comments and blank lines are never
what is saved: they do not count.
"""
import collections
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDERS = ("boot", "kernel", "lib", "user", "tests")
CORE = ("boot", "kernel", "lib")
SHORT = CORE + ("user",)                # where no line is long
PATTERNS = ("*.cc", "*.hh", "*.h", "*.c", "*.S")
CODE_LIMIT, PATH_LIMIT, FILE_LIMIT, FUNCTION_LIMIT, COLUMN_LIMIT = 10800, 2500, 300, 40, 100

Lines = collections.namedtuple("Lines", "code comments blank")
NO_FUNCTION = re.compile(r"(if|for|while|switch|else|do|struct|class|enum|union|namespace|extern|case|asm)\b")


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


def is_code(text):
    """For each line of `text`, C++ or assembly: True, False for a comment, None for a blank one."""
    kinds = []
    in_comment = False
    for line in (line.strip() for line in text.splitlines()):
        if not line:
            kinds.append(None)
        elif in_comment or line.startswith(("//", "/*")):
            kinds.append(False)
            in_comment = "*/" not in line and not line.startswith("//")
        else:
            kinds.append(True)
            in_comment = "/*" in line and "*/" not in line.split("/*", 1)[1]
    return kinds


def count(text):
    """The lines of `text` by kind. A line with code and a comment is code."""
    kinds = is_code(text)
    return Lines(kinds.count(True), kinds.count(False), kinds.count(None))


def sources(folder):
    """The names of all sources below `folder`, as from ROOT."""
    found = (name for pattern in PATTERNS for name in glob.glob(f"{folder}/**/{pattern}", root_dir=ROOT, recursive=True))
    return sorted(name for name in found if os.path.isfile(os.path.join(ROOT, name)))


def count_all(names):
    counts = [count(read(name)) for name in names]
    return Lines(*(sum(column) for column in zip(*counts))) if counts else Lines(0, 0, 0)


def core_path():
    """The files that the tour tells its reader to read first."""
    table = read("docs/tour.md").split("## Read these first")[1].split("## ")[0]
    return re.findall(r"`((?:boot|kernel|lib)/[\w./-]+)`", table)


def indentation(line):
    return len(line) - len(line.lstrip())


def functions(text):
    """(first line, number of lines) of each function, as sources are laid out: a line that ends with the brace, and
    a brace that ends it, four columns to the left of what is between them."""
    lines = text.splitlines()
    for i, line in enumerate(lines[:-1]):
        if not line.endswith("{"):
            continue
        column = max(0, indentation(lines[i + 1]) - 4)
        first = i
        while first > 0 and indentation(lines[first]) > column:     # to where the name is
            first -= 1
        if "(" not in lines[first] or NO_FUNCTION.match(lines[first].strip()):
            continue
        end = next((j for j in range(i + 1, len(lines)) if lines[j].startswith(" " * column + "}")), i)
        yield first + 1, end - first + 1


def complaints(name):
    """A sentence for whatever is too long in the source `name`."""
    text = read(name)
    lines = text.splitlines()
    is_core = name.split("/")[0] in CORE
    if is_core and count(text).code > FILE_LIMIT:
        yield f"{name} has {count(text).code} lines of code, more than {FILE_LIMIT}"
    for first, length in functions(text) if is_core else ():
        if length > FUNCTION_LIMIT:
            yield f"{name}:{first}: a function of {length} lines, more than {FUNCTION_LIMIT}"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMN_LIMIT:
            yield f"{name}:{number}: a line of {len(line)} columns, more than {COLUMN_LIMIT}"


def mean_columns(names):
    """How long a line of code is."""
    lengths = [len(line.strip()) for name in names for text in [read(name)]
               for line, kind in zip(text.splitlines(), is_code(text)) if kind]
    return sum(lengths) / max(1, len(lengths))


def main():
    print("    code  comments  blank")
    for folder in FOLDERS:
        lines = count_all(sources(folder))
        print(f"{lines.code:8} {lines.comments:9} {lines.blank:6}  {folder}")
    core = [name for folder in CORE for name in sources(folder)]
    core_code, path_code = count_all(core).code, count_all(core_path()).code
    print(f"{core_code:8}                   boot, kernel and lib together, of at most {CODE_LIMIT}")
    print(f"{path_code:8}                   on the tour's core path, of at most {PATH_LIMIT}")
    print(f"{mean_columns(core):8.0f}                   columns in a line of code, on average")
    found = [sentence for folder in SHORT for name in sources(folder) for sentence in complaints(name)]
    if core_code > CODE_LIMIT:
        found.append(f"boot, kernel and lib have {core_code} lines of code, more than {CODE_LIMIT}")
    if path_code > PATH_LIMIT:
        found.append(f"the tour's core path has {path_code} lines of code, more than {PATH_LIMIT}")
    for sentence in found:
        print(f"Kinglet: {sentence}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
