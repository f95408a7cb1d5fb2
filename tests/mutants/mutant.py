"""mutant.py - reads all planted mistakes: wrong kernels, and variants that are right; and makes them

Each says what it changes, and who must find it: of a lab's kernels the checks of the grader (`make mutants`), of ours
those that kernel.toml names (`make prove-bugs`, `make check-planted`). planted.cc has what the sanitizers find.

tests/mutants/LAB/wrong/NAME.cc and right/NAME.cc each say how they differ from a state of the lab LAB, its solution if
they do not say which. A comment at the top tells it in a sentence; then come lines of their own

    // state: 3                 of which state of the lab this is a change: the one after step 3
                                instead of the last; it is tried in the other one, too
    // fails: CHECK CHECK       the checks that a wrong kernel must fail
    // why: text                why they do; goes on in the comment lines below
    // broken: FUNCTION         what the report must name, if it is not one of the functions below
    // like: NAME               of a wrong kernel: that one has the same functions and failing checks; this is one more
    // differs: data structure  of a right variant: in which way, or `algorithm`
    // file: PATH               the file that what follows changes: function definitions, which replace those of the
                                same name (build/functions.py says how), or with `// whole file` all of it
    // added, // replaced       what stands between these two goes above the first function that is replaced
"""
import dataclasses
import pathlib
import re
import shutil
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "build"))

import functions                        # noqa: E402
import labs                             # noqa: E402
import scratch                          # noqa: E402
from problem import Problem                                     # noqa: E402

LABS = ("start", "vm", "faults")
KERNEL = HERE / "kernel.toml"
KINDS = ("wrong", "right")
FIELD = re.compile(r"// (state|fails|why|broken|like|differs|file): *(.*)$")


@dataclasses.dataclass
class Section:
    """What a mutant does to one file: replaces functions by those in `text`, below `added`, or all of it."""
    path: str
    text: str
    added: str
    whole: bool


@dataclasses.dataclass(frozen=True)
class KernelMutant:
    """A mistake of kernel.toml: in `function`, `was` becomes `instead`. `number`: the how-manieth of the function."""
    path: str
    function: str
    was: str
    instead: str
    found_by: tuple
    number: int = 1

    @property
    def name(self):
        return f"{self.path}:{self.function}" + (f" ({self.number})" if self.number > 1 else "")

    def is_meant(self, names):
        """Whether one of `names`, as FUNCTION or PATH:FUNCTION, means it; no names mean all."""
        return not names or self.function in names or f"{self.path}:{self.function}" in names

    def source(self):
        """The text of its file with the mistake in it."""
        path = ROOT / self.path
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        parts = [("".join(lines[:each.start]), "".join(lines[each.start:each.end]), "".join(lines[each.end:]))
                 for each in functions.named(functions.find_functions(path), self.function)]
        places = [part for part in parts for _ in range(part[1].count(self.was))]
        if len(places) != 1:
            raise Problem(f"{self.name}: \"{self.was}\" is there {len(places)} times; mend tests/mutants/kernel.toml")
        before, text, after = places[0]
        return before + text.replace(self.was, self.instead) + after


def read_kernel_mutants():
    """The mistakes of kernel.toml, and the functions that have none: a set of (path, function)."""
    table = tomllib.loads(KERNEL.read_text(encoding="utf-8"))
    elsewhere = {(path, function) for path, reasons in table.pop("elsewhere").items() for function in reasons}
    found = []
    for path, entries in table.items():
        usual = "prove-none" if path.endswith("_none.cc") else "prove"
        for function, mistakes in entries.items():
            mistakes = [mistakes] if isinstance(mistakes[0], str) else mistakes
            for number, (was, instead, *finders) in enumerate(mistakes, 1):
                found.append(KernelMutant(path, function, was, instead, tuple((finders or [usual])[0].split()), number))
    return found, elsewhere


@dataclasses.dataclass
class Mutant:
    """One file of tests/mutants/LAB. `about` is its first sentence; `state` None: the solution."""
    lab: str
    kind: str
    name: str
    about: str
    state: str = None
    fails: tuple = ()
    why: str = ""
    broken: tuple = ()
    like: str = ""
    differs: str = ""
    sections: list = dataclasses.field(default_factory=list)

    @property
    def place(self):
        return f"tests/mutants/{self.lab}/{self.kind}/{self.name}.cc"

    def functions(self):
        """The functions that the report may name: those that `broken` says, or all that are replaced."""
        if self.broken:
            return self.broken
        return tuple(body.name for section in self.sections if not section.whole for body in read_section(section)[0])


def read_section(section):
    """The bodies and `#include` lines of a section."""
    with scratch.Folder("mutant") as folder:
        path = pathlib.Path(folder) / "bodies.cc"
        path.write_text(section.text, encoding="utf-8")
        return functions.read_bodies(path)


def make_section(path, lines):
    """The section of these lines, without those that are for us."""
    whole = "// whole file" in (line.strip() for line in lines)
    text, added, target = [], [], None
    for line in lines:
        if line.strip() in ("// added", "// replaced", "// whole file"):
            target = added if line.strip() == "// added" else None
        else:
            (text if target is None else target).append(line)
    return Section(path, "\n".join(text).strip("\n") + "\n", "\n".join(added).strip("\n"), whole)


def read_mutant(path):
    """The mutant in a file of this folder; Problem if its form is wrong."""
    path = pathlib.Path(path)
    lab, kind = path.relative_to(HERE).parts[:2]
    about, fields, sections, last = [], {}, [], None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        field = FIELD.match(line)
        if field and field[1] == "file":
            sections.append((field[2].strip(), []))
        elif field:
            if field[1] in fields:
                raise Problem(f"{path}:{number}: {field[1]} is there twice")
            last, fields[field[1]] = field[1], field[2].strip()
        elif sections:
            sections[-1][1].append(line)
        elif line.startswith("//"):
            text = line[2:].strip()
            if last:
                fields[last] += " " + text
            else:
                about.append(text)
        elif line.strip():
            raise Problem(f"{path}:{number}: stands before the first `// file:` line")
    return Mutant(lab, kind, path.stem, " ".join(about), fields.get("state"), tuple(fields.get("fails", "").split()),
                  fields.get("why", ""), tuple(fields.get("broken", "").split()), fields.get("like", ""),
                  fields.get("differs", ""), [make_section(*section) for section in sections])


def read_mutants(lab=None, only=None):
    """All mutants, or those of one lab, or those called `only`, by lab, kind and name."""
    if lab and lab not in LABS:
        raise Problem(f"LAB={lab}: there are mutants of the labs {' '.join(LABS)}")
    paths = [path for each in LABS if lab in (None, "", each) for kind in KINDS
             for path in sorted((HERE / each / kind).glob("*.cc"))]
    found = [read_mutant(path) for path in paths if not only or path.stem in only.split(",")]
    if only and not found:
        raise Problem(f"ONLY={only}: there is no such mutant")
    return found


def apply_section(section, folder):
    """Change the file of one section in the tree `folder`."""
    path = folder / section.path
    if section.whole:
        path.write_text(section.text, encoding="utf-8")
        return
    bodies, includes = read_section(section)
    if section.added:
        here = functions.find_functions(path)
        first = min((functions.resolve(here, body.name, section.path, body.types) for body in bodies),
                    key=lambda function: function.first)
        lines = path.read_text(encoding="utf-8").splitlines()
        lines[first.first:first.first] = section.added.splitlines() + [""]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    functions.replace_functions(path, bodies, includes, section.path)


class Workshop:
    """Makes submissions in a folder of its own: the states of labs once, and of them a copy of the student's files for
    each mutant."""
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def state(self, lab, n):
        """The tree of state `n` of `lab`."""
        tree = self.folder / f"{lab.name}-{n}"
        if not (tree / labs.MARK).is_file():
            labs.state_tree(lab, n, tree)
        return tree

    def prepare(self, mutants):
        """Write the trees of all states of the labs that these mutants change."""
        for lab_name in sorted({mutant.lab for mutant in mutants}):
            lab = labs.read_lab(lab_name)
            for state in range(1, lab.last + 1):
                self.state(lab, state)

    def submission(self, mutant):
        """A folder with the lab's files as this mutant changes them."""
        lab = labs.read_lab(mutant.lab)
        tree = self.state(lab, lab.last if mutant.state is None else lab.step_number(mutant.state))
        folder = self.folder / f"{mutant.lab}-{mutant.kind}-{mutant.name}"
        shutil.rmtree(folder, ignore_errors=True)
        for path in (*lab.files, labs.MARK):
            labs.copy_file(tree / path, folder / path)
        for section in mutant.sections:
            if section.path not in lab.files:
                raise Problem(f"{mutant.place}: {section.path} is none of the files of lab {lab.name}")
            apply_section(section, folder)
        return folder
