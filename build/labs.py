#!/usr/bin/env python3
"""labs.py - labs derived from the finished kernel: the tree of every state

State n of a lab is what a student has who did its first n steps; 0 is where the lab begins, the last its solution.
A lab's folder labs/NAME/ says by lab.toml what differs from the finished tree, and holds the files and functions that
do (build/functions.py): base/ in every state, start/STEP/ until that step is done. STEP is a step's name.

    build/labs.py tree LAB STEP FOLDER     write the tree of that state
    build/labs.py steps LAB                list the steps
    build/labs.py handout ...              make's targets, with make's variables: build/labs.mk
"""
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib

import functions
import scratch
from problem import Problem

ROOT = pathlib.Path(__file__).resolve().parent.parent
LAB_KEYS = {"title": str, "files": list, "rooms": list, "remove": list, "merge": dict, "from": dict, "over": dict,
            "docs": list, "step": list}
STEP_KEYS = {"name": str, "title": str, "functions": list, "program": str, "words": str, "extra": bool, "picture": dict}
# Of the finished tree, what no state has: labs and tests are the instructor's, and what explains the whole kernel would
# tell solutions. A lab's `docs` are kept.
NOT_IN_TREES = ("labs/", "tests/", "docs/", ".ci/", ".github/", "build/check.mk", "build/functions.py",
                "build/help-labs.txt", "build/lab", "build/style.mk")
MARK = "lab.json"


@dataclasses.dataclass(frozen=True)
class Step:
    """One step of a lab, the `number`th, from 1. `functions` are pairs of a path and a function's name."""
    number: int
    name: str
    title: str
    functions: tuple
    program: str = ""
    words: str = ""
    extra: bool = False
    picture: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Lab:
    """What a lab.toml says. `folder` is the lab's own; `root` the finished tree's."""
    name: str
    root: pathlib.Path
    title: str
    files: tuple
    steps: tuple
    rooms: tuple = None
    remove: tuple = ()
    merge: dict = dataclasses.field(default_factory=dict)
    base: dict = None                   # [from]
    over: dict = None
    docs: tuple = ("docs/log.md",)      # what is kept of docs/

    @property
    def folder(self):
        return self.root / "labs" / self.name

    @property
    def last(self):
        return len(self.steps)

    def step_number(self, text):
        """The state that `text`, a number or a step's name, means."""
        names = [step.name for step in self.steps]
        if text in names:
            return names.index(text) + 1
        if re.fullmatch("[0-9]{1,6}", str(text)) and int(text) <= self.last:
            return int(text)
        raise Problem(f"STEP={text}: lab {self.name} has the steps 0 to {self.last}: {' '.join(names)}")


def lab_names(root=ROOT):
    """The labs there are."""
    return sorted(path.parent.name for path in pathlib.Path(root).glob("labs/*/lab.toml"))


def check_keys(table, known, where):
    for key, value in table.items():
        if key not in known:
            raise Problem(f"{where}: {key} is unknown; there are {' '.join(known)}")
        if not isinstance(value, known[key]):
            raise Problem(f"{where}: {key} is no {known[key].__name__}")


def check_inside(paths, where):
    """The paths that a lab.toml names lie in the tree, or Problem."""
    for path in paths:
        if not isinstance(path, str) or not path or path.startswith("/") or ".." in path.split("/") or "\0" in path:
            raise Problem(f"{where}: {path!r} is no path in the tree")


def read_toml(path, where):
    """What the file says, or Problem, in one line."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Problem(f"{where}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Problem(f"{where}: not a text in UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Problem(f"{where}: {error}") from None


def read_step(number, table, where):
    if not isinstance(table, dict):
        raise Problem(f"{where}: step {number} is no table")
    check_keys(table, STEP_KEYS, f"{where}: step {number}")
    for key in ("name", "title"):
        if key not in table:
            raise Problem(f"{where}: step {number} has no {key}")
    places = []
    for place in table.get("functions", []):
        path, colon, name = str(place).partition(":")
        if not colon or not name:
            raise Problem(f"{where}: step {table['name']}: {place} is not PATH:FUNCTION")
        places.append((path, name))
    return Step(number, **{**table, "functions": tuple(places)})


def read_lab(name, root=ROOT):
    """The lab called `name`, or Problem."""
    root = pathlib.Path(root)
    known = re.fullmatch(r"\w[\w.-]{,99}", str(name))
    path = root / "labs" / str(name if known else "") / "lab.toml"
    if not known or not path.is_file():
        given = f"there is no lab {name}" if name else "LAB= is missing"
        raise Problem(f"{given}; there are: {' '.join(lab_names(root)) or 'none'}")
    where = path.relative_to(root)
    table = read_toml(path, where)
    check_keys(table, LAB_KEYS, where)
    merge = table.get("merge", {})
    if not all(isinstance(parts, list) for parts in merge.values()):
        raise Problem(f"{where}: merge: a file is made of a list of files")
    over = table.get("over", {})
    for paths in (*(table.get(key, []) for key in ("files", "remove", "docs")), merge, *merge.values(),
                  over.get("keep", []), over.get("but", [])):
        check_inside(paths, where)
    steps = tuple(read_step(number, step, where) for number, step in enumerate(table.get("step", []), 1))
    names = [step.name for step in steps]
    if not steps or len(set(names)) < len(names):
        raise Problem(f"{where}: " + ("two steps have one name" if steps else "there is no step"))
    if not 1 <= len(table.get("files", [])) <= 3:
        raise Problem(f"{where}: files: a student changes one to three")
    optional = {key: tuple(table[key]) for key in ("rooms", "remove", "docs") if key in table}
    return Lab(name, root, table.get("title", name), tuple(table["files"]), steps, merge=table.get("merge", {}),
               base=table.get("from"), over=table.get("over"), **optional)


### Trees

def source_files(root, also=()):
    """The paths of the finished tree's files that a lab's tree can have, and those that begin with one of `also`: of
    what git has or would take, or, without git, of all but what is built."""
    answer = subprocess.run(["git", "-C", root, "ls-files", "-z", "-co", "--exclude-standard"], capture_output=True,
                            text=True, check=False)
    if answer.returncode == 0:
        names = answer.stdout.split("\0")
    else:
        skipped = (".git", "obj", "__pycache__")
        names = [str(path.relative_to(root)) for path in pathlib.Path(root).rglob("*")
                 if not set(path.relative_to(root).parts) & set(skipped)]
    return sorted(name for name in set(names) if name and (root / name).is_file() and
                  (name.startswith(tuple(also)) or not name.startswith(NOT_IN_TREES)))


def copy_file(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def remove_path(lab, folder, pattern):
    """Take a file, or a folder with all in it, out of the tree; or all that a pattern such as `user/p-*.cc` means."""
    pattern = pattern.rstrip("/")
    targets = list(folder.glob(pattern))
    for target in targets:
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink()
    if not targets and not any(lab.root.glob(pattern)):
        raise Problem(f"labs/{lab.name}/lab.toml: remove: there is no {pattern}")


def merge_into(lab, folder, path, parts):
    for part in parts:
        if not (folder / part).is_file():
            raise Problem(f"labs/{lab.name}/lab.toml: merge: there is no {part}")
    text = functions.merge_files([folder / part for part in parts])
    for part in parts:
        (folder / part).unlink()
    (folder / path).write_text(text, encoding="utf-8")


def remove_unused_headers(folder):
    """Take out the headers of programs that no program includes."""
    texts = [path.read_text(encoding="utf-8") for path in (folder / "user").glob("*.*")]
    for header in (folder / "user").glob("*.hh"):
        if not any(f'"{header.name}"' in text for text in texts):
            header.unlink()


def files_below(folder):
    """The paths in a folder of all its files."""
    paths = (os.path.join(here, name) for here, _, names in os.walk(folder) for name in names)
    return sorted(os.path.relpath(path, folder) for path in paths if os.path.isfile(path))


def lay_over(lab, folder, layers):
    """Put files and bodies of these folders into the tree; the first that has a file, or a function, counts."""
    bodies, includes, done = {}, {}, set()
    for layer in layers:
        for path in files_below(layer / "files"):
            if path not in done:
                copy_file(layer / "files" / path, folder / path)
                done.add(path)
        for path in files_below(layer / "bodies"):
            if not (folder / path).is_file():
                raise Problem(f"{os.path.relpath(layer / 'bodies' / path, lab.root)}: the tree has no {path}")
            found, wanted = functions.read_bodies(layer / "bodies" / path)
            for body in found:
                body.origin = os.path.relpath(body.origin, lab.root)
            bodies.setdefault(path, []).extend(found)
            includes.setdefault(path, []).extend(wanted)
    for path, found in bodies.items():
        functions.replace_functions(folder / path, found, includes[path], path)


def start_layers(lab, n):
    """The folders of steps that are not done in state `n`, the smallest first."""
    known = {step.name for step in lab.steps}
    for path in sorted((lab.folder / "start").glob("*")):
        if path.is_dir() and path.name not in known:
            raise Problem(f"{path.relative_to(lab.root)}: lab {lab.name} has no such step")
    return [lab.folder / "start" / step.name for step in lab.steps[n:]]


def bodies_of(lab, folder, places):
    """{path: the functions that `places`, as PATH:FUNCTION, name in the tree}, to be put into another tree."""
    result = {}
    for place in places:
        path, _colon, name = place.partition(":")
        where = f"labs/{lab.name}/lab.toml"
        found = functions.resolve(functions.find_functions(folder / path), name, f"{where}: {path}")
        lines = (folder / path).read_text(encoding="utf-8").splitlines()[found.start:found.end]
        body = functions.Body(found.name, found.types, None, lines, where)
        result.setdefault(path, []).append(body)
    return result


def keep_own(lab, folder, solution):
    """Take the files that this lab keeps of a student's own solution of another one, but for some
    functions."""
    solution = pathlib.Path(solution)
    if not lab.over:
        raise Problem(f"lab {lab.name} is not laid over another lab's solution: leave out OVER=")
    own = bodies_of(lab, folder, lab.over.get("but", []))
    for path in lab.over.get("keep", []):
        if not (solution / path).is_file():
            raise Problem(f"OVER={solution}: it has no {path}, which lab {lab.name} takes from a solution of lab "
                          f"{lab.over.get('lab')}")
        text = (solution / path).read_text(encoding="utf-8", errors="replace")
        (folder / path).write_text(text.replace("\r\n", "\n"), encoding="utf-8")
    for path, bodies in own.items():
        functions.replace_functions(folder / path, bodies, where=path)


# What a header says of files that no lab's tree has, and the word for what can be left out of a kernel
ROOM_SENTENCES = ((re.compile(r"A room\b.*?\.(?=\s)[ ]?", re.DOTALL), ""), (re.compile(r"; always so without this room"), ""),
                  (re.compile(r" \(in \w+_none\.cc\)"), ""), (re.compile(r"the memory rooms\b"), "memory"),
                  (re.compile(r"; its room chooses the key"), ""))


def without_rooms(text):
    """A header of the kernel without the sentences about its rooms."""
    for pattern, instead in ROOM_SENTENCES:
        text = pattern.sub(instead, text)
    text = re.sub(r"^// +\n", "", text, flags=re.MULTILINE)
    return re.sub(r" +$", "", text, flags=re.MULTILINE)


def write_tree(lab, n, folder, layers=()):
    """Write state `n` into `folder`, which is empty. Each of `layers` is a folder whose files/ and bodies/ prevail."""
    if lab.base:
        other = read_lab(lab.base.get("lab"), lab.root)
        write_tree(other, other.step_number(lab.base.get("step", 0)), folder)
    else:
        for path in source_files(lab.root, lab.docs):
            copy_file(lab.root / path, folder / path)
    for path in lab.remove:
        remove_path(lab, folder, path)
    for path, parts in lab.merge.items():
        merge_into(lab, folder, path, parts)
    lay_over(lab, folder, [lab.folder / "base"])
    lay_over(lab, folder, [*map(pathlib.Path, layers), *start_layers(lab, n)])
    remove_unused_headers(folder)
    for path in (folder / "kernel").rglob("*.hh"):
        text = path.read_text(encoding="utf-8")
        if text != without_rooms(text):
            path.write_text(without_rooms(text), encoding="utf-8")
    common = lab.root / "labs" / "common" / "files"
    for path in files_below(common):
        copy_file(common / path, folder / path)
    header = lab.root / "labs" / "u-check.hh"
    if header.is_file():
        copy_file(header, folder / "user" / "u-check.hh")
    if lab.rooms is not None:
        rooms = folder / "build" / "rooms.mk"
        rooms.parent.mkdir(parents=True, exist_ok=True)
        rooms.write_text(f"# rooms.mk - the rooms that this kernel is linked with\nROOMS ?= {' '.join(lab.rooms)}\n")


def check_files(lab, folder):
    """Every file and function that lab.toml names is in the tree, or Problem."""
    where = f"labs/{lab.name}/lab.toml"
    for path in lab.files:
        if not (folder / path).is_file():
            raise Problem(f"{where}: files: the tree has no {path}")
    for step in lab.steps:
        for path, name in step.functions:
            if path not in lab.files:
                raise Problem(f"{where}: step {step.name}: {path} is none of the lab's files")
            functions.resolve(functions.find_functions(folder / path), name, f"{where}: step {step.name}: {path}")


def places(lab, folder, steps=None):
    """Where a student works: (step, path, function's name, line) for each function of the lab's steps in this tree."""
    result = []
    for step in lab.steps if steps is None else steps:
        for path, name in step.functions:
            found = functions.resolve(functions.find_functions(folder / path), name, path)
            result.append((step, path, found.name, found.line))
    return result


def content_hash(folder):
    """A number for what is in a tree, but for its mark."""
    digest = hashlib.sha256()
    for path in files_below(folder):
        if path != MARK:
            digest.update(f"{path}\0".encode() + hashlib.sha256((folder / path).read_bytes()).digest())
    return digest.hexdigest()[:16]


def digests(lab, folder):
    """{path: digest} of the tree's sources that are not the student's: by them the grader knows which were changed."""
    return {path: hashlib.sha256((folder / path).read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:16]
            for path in files_below(folder) if path.startswith(("boot/", "kernel/", "lib/", "user/"))
            and path.endswith((".cc", ".c", ".hh", ".h", ".S")) and path not in lab.files}


def write_mark(lab, n, folder):
    mark = {"lab": lab.name, "step": n, "title": lab.title, "files": list(lab.files), "version": content_hash(folder),
            "digests": digests(lab, folder)}
    (folder / MARK).write_text(json.dumps(mark, indent=4) + "\n", encoding="utf-8")


def same(one, other):
    return other.is_file() and one.read_bytes() == other.read_bytes() and os.access(one, os.X_OK) == os.access(
        other, os.X_OK)


def synchronize(source, target, keep=("obj", ".git/", "log.txt", "config.mk")):
    """Make `target` like `source`, but for what begins with one of `keep`. What is the same stays, for make."""
    present, wanted = ([path for path in files_below(folder) if not path.startswith(keep)]
                       for folder in (target, source))
    for path in set(present) - set(wanted):
        (target / path).unlink()
    for path in wanted:
        if not same(source / path, target / path):
            existed = (target / path).exists()
            copy_file(source / path, target / path)
            if existed:
                os.utime(target / path)


def state_tree(lab, n, folder, over=None, layers=(), root=ROOT):
    """Write the tree of state `n` (a number or a step's name) of `lab` (a `Lab` or its name) into `folder`: it is
    made, or is empty, or holds such a tree already, of which only what differs is written. `over`: a folder with a
    student's solution of the lab that this one may be laid over. `layers`: folders with files/ and bodies/ that prevail
    over the lab's own, the first most. Problem, with a sentence, if something is wrong."""
    lab = lab if isinstance(lab, Lab) else read_lab(lab, root)
    n, folder = lab.step_number(n), pathlib.Path(folder)
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / MARK).is_file())):
        raise Problem(f"{folder}: is not empty, nor a lab's tree; give another folder")
    with scratch.Folder("lab") as name:
        fresh = pathlib.Path(name) / "tree"
        fresh.mkdir()
        write_tree(lab, n, fresh, layers)
        check_files(lab, fresh)
        if over:
            keep_own(lab, fresh, over)
        write_mark(lab, n, fresh)
        if folder.exists():
            synchronize(fresh, folder)
        else:
            folder.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(fresh, folder)
    return folder


if __name__ == "__main__":
    sys.modules["labs"] = sys.modules["__main__"]
    import lab_commands
    sys.exit(lab_commands.main(sys.argv[1:]))
