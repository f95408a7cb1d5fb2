"""build.py - the grader's own tree, and a submission's kernel built in it

The grader's tree is the lab's solved state (in a hand-out: the hand-out) with the programs of all checks. It lies in
obj/grader/LAB and is brought up to date before each grading: make compiles what has changed, mostly nothing.

A submission's kernel is built in a copy of it, in which only the lab's files are the submission's: only those are
compiled anew, confined (sandbox.py), with nothing of the submission's besides. What a hand-out has not is not there
either: no program of a check, and nothing that was made of the lab's files as they were in the grader's own tree. The
programs that judge come into the finished image (guest.py).
"""
import contextlib
import fcntl
import glob
import json
import os
import re
import shutil
import subprocess

import scratch
from grading import ROOT, explain, guest, sandbox, submission
from grading.built import Built
from problem import Problem

PARTS = ("Makefile", "lab.json", "boot", "build", "kernel", "lib", "user")      # what a kernel is built of
TREE_TARGET, TARGET = "kinglet-test.img", "kinglet.img"
BUILD_SECONDS = 300                                                 # of wall time, however loaded the machine
MOST_TOLD = 5                                                       # files that a submission's author is told of
TOOLS = ("CC", "TOOLPREFIX", "PYTHON")                              # make's variables that reach a build


class Refused(Exception):
    """Why a submission cannot be built: `sentence` in one line; `wrong` a run.Wrong with more, if there is more."""

    def __init__(self, sentence, wrong=None):
        super().__init__(sentence)
        self.sentence, self.wrong = sentence, wrong


def make_command(*arguments):
    """make with this machine's tools, and nothing else of the caller's."""
    tools = [f"{name}={os.environ[name]}" for name in TOOLS if os.environ.get(name)]
    return ["make", "-s", "--no-print-directory", "OBJ=obj", *tools, *arguments]


def hand_out_lab(root=ROOT):
    """What lab.json says of the hand-out at `root`, or None: this is the repository."""
    path = os.path.join(root, "lab.json")
    if not os.path.isfile(path):
        return None
    try:
        with open(path, encoding="utf-8") as file:
            mark = json.load(file)
    except (OSError, ValueError, RecursionError):
        mark = None
    if not isinstance(mark, dict) or not isinstance(mark.get("lab"), str):
        raise Problem(f"{path} does not say which lab this is; take that file from the hand-out again")
    return mark


### The grader's tree

def sources(folder):
    """{path in the tree: file} of what a kernel is built of."""
    found = {}
    for part in PARTS:
        top = os.path.join(folder, part)
        if os.path.isfile(top):
            found[part] = top
        for here, _, names in os.walk(top):
            found.update({os.path.relpath(os.path.join(here, name), folder): os.path.join(here, name)
                          for name in names if "__pycache__" not in here})
    return found


def same(one, other):
    if not os.path.isfile(other):
        return False
    with open(one, "rb") as first, open(other, "rb") as second:
        return first.read() == second.read()


def synchronize(files, folder):
    """Makes `folder` hold these files and, beside obj, no others. What is the same stays untouched, for make."""
    for path in sources(folder):
        if path not in files:
            os.unlink(os.path.join(folder, path))
    for path, source in files.items():
        target = os.path.join(folder, path)
        if not same(source, target):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(source, target)


class Tree:
    """The grader's own tree of a lab, in `obj`."""

    def __init__(self, lab, obj):
        self.lab = lab
        self.folder = os.path.abspath(os.path.join(obj, "grader", lab.name))
        try:
            os.makedirs(os.path.join(self.folder, "tree"), exist_ok=True)
        except OSError as error:
            raise Problem(f"cannot write {self.folder}: {error.strerror}; give OBJ=") from None
        self.tree = os.path.join(self.folder, "tree")

    @contextlib.contextmanager
    def lock(self):
        """One grading at a time makes or copies the tree."""
        with open(os.path.join(self.folder, "lock"), "w", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _solved(self):
        """Where the sources are: a hand-out itself, or the lab's last state."""
        if hand_out_lab(self.lab.root):
            return self.lab.root
        import labs                         # not in a hand-out
        return str(labs.state_tree(self.lab.name, len(self.lab.steps), os.path.join(self.folder, "state"),
                                   root=self.lab.root))

    def digests(self):
        """{path: digest} of the sources as a hand-out has them. In a hand-out itself, as it was when it was made."""
        mark = hand_out_lab(self.lab.root)
        known = mark.get("digests") if mark else submission.digests_of(self.tree)
        return known if isinstance(known, dict) else {}

    def update(self):
        """Brings it up to date. Problem if it cannot be built."""
        files = sources(self._solved())
        header = os.path.join(self.lab.root, "labs", "u-check.hh")
        for path in [header, *glob.glob(os.path.join(self.lab.folder, "check", "*"))]:
            if os.path.isfile(path):
                files[f"user/{os.path.basename(path)}"] = path
        synchronize(files, self.tree)
        environment = {name: value for name, value in os.environ.items()
                       if name in ("PATH", "HOME", "TMPDIR") or name.startswith("CCACHE_")}
        variants = self.variants()
        made = subprocess.run(make_command("-k", f"-j{os.cpu_count() or 1}", f"obj/{TREE_TARGET}", "guests",
                                           f"GUESTS={' '.join(variants)}"), cwd=self.tree, env=environment,
                              stdin=subprocess.DEVNULL, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              check=False)
        built = Built(os.path.join(self.tree, "obj"))
        missing = {name for check in self.lab.checks for name in built.programs_of(check.program)
                   if not built.has_program(name)}
        if missing or made.returncode and not hand_out_lab(self.lab.root):
            error = explain.first_error(made.stdout) or f"there is no program {' '.join(sorted(missing))}"
            raise Problem(f"the grader's own tree of lab {self.lab.name} does not build: {error}")
        guest.finish([path for path in map(self.guest_path, variants) if os.path.isfile(path)],
                     os.environ.get("TOOLPREFIX", "") + "c++filt")

    @property
    def guest_folder(self):
        return os.path.join(self.tree, "obj", "guest")

    def guest_path(self, variant):
        return os.path.join(self.guest_folder, variant.replace("@", "-") + ".elf")

    def check_programs(self):
        """Names of the tree's programs that are checks'."""
        paths = glob.glob(os.path.join(self.tree, "user", "p-*.c*"))
        own = set(map(os.path.basename, glob.glob(os.path.join(self.lab.folder, "check", "*"))))
        return {name for name in map(os.path.basename, paths) if name.startswith("p-check") or name in own}

    def guests(self, folder=None):
        """The lab's guest.Guests, their files in `folder`, or in the tree."""
        names = {re.sub(r"^p-|\.cc?$", "", name) for name in self.check_programs()}
        fours = {name + each for name in names if name.startswith("check-four") for each in guest.COPIES}
        return guest.Guests(folder or self.guest_folder, names | fours)

    def variants(self):
        """The guests of all scenarios of the lab's checks, as make's GUESTS has them."""
        guests = self.guests()
        scenarios = {(scenario.program, scenario.seed) for check in self.lab.checks for scenario, _ in check.scenarios}
        return sorted({guest.variant(program, seed) for word, seed in scenarios
                       for program in guests.programs_of(word)})

    def copy_to(self, folder):
        """Copies what a hand-out has of it, built, to the new folder `folder`."""
        headers = map(os.path.basename, glob.glob(os.path.join(self.lab.folder, "check", "*.h*")))
        programs = {name.split(".")[0] for name in self.check_programs()}
        programs |= {os.path.basename(file).split(".")[0] for file in self.lab.files if "/p-" in file}
        made = {program + each for program in programs for each in guest.COPIES}
        hidden = {"user": {*self.check_programs(), *headers, "u-check.hh"}, "obj": {"guest"}}

        def ignored(here, names):
            below = os.path.relpath(here, self.tree)
            left_out = hidden.get(below, set()) & set(names)
            if below.split(os.sep)[0] == "obj":
                left_out |= {name for name in names if name.split(".")[0] in made or tells_of_kernel(name)
                             or is_made_of(os.path.normpath(os.path.join(os.path.relpath(below, "obj"), name)),
                                           self.lab.files)}
            return left_out
        shutil.copytree(self.tree, folder, ignore=ignored)

    def copy_guests_to(self, folder):
        """Copies the guests to the new folder `folder`, which nobody else may read."""
        os.mkdir(folder, 0o700)
        for variant in self.variants():
            path = self.guest_path(variant).removesuffix(".elf")
            for suffix in (".elf", ".stripped", ".symbols"):
                if os.path.isfile(path + suffix):
                    shutil.copy(path + suffix, folder)


def tells_of_kernel(name):
    """Whether the file of this name, in obj/, holds the whole kernel."""
    return name.endswith(".img") or name.startswith("kernel-") or re.fullmatch(r"kernel\.(elf|stripped)", name)


def is_made_of(path, files):
    """Whether `path`, in obj/, was made of one of these files, or may hold what was."""
    is_archive = path.endswith(".a") and any(re.match(r"lib/|user/u-", file) for file in files)
    return is_archive or any(path.startswith(f"{file}.") for file in files)


### A submission

def take_files(lab, path):
    """({path: bytes} of the lab's files, the same of others that lie there, sentences about what was odd). Refused if
    the lab's are not all there."""
    if not os.path.exists(path):
        raise Problem(f"SUBMISSION={path}: there is no such folder")
    try:
        found = submission.collect(path, lab.files, folders=submission.SOURCES)
    except Problem as problem:
        check_lab(lab, path)                        # of another lab: that says more
        raise Refused(str(problem)) from None
    check_lab(lab, path, found.pop("lab.json", None))
    if lacking := [file for file in lab.files if file not in found]:
        raise Refused(f"the submission lacks {' and '.join(lacking)}")
    if empty := [file for file in lab.files if not found[file].strip()]:
        raise Refused(f"{' and '.join(empty)} {'is' if len(empty) == 1 else 'are'} empty")
    own, notes = {file: found.pop(file) for file in lab.files}, []
    for file, data in own.items():
        if b"\r\n" in data:
            notes.append(f"{file} has Windows line ends, and was read as if it had Unix ones "
                         f"(sed -i 's/\\r$//' {file} mends it)")
            own[file] = submission.unix(data)
    return own, found, notes


def told_of_git(lab, path):
    """Sentences about changes that are not committed. The hand-out itself, as its author works on it, has them always."""
    if os.path.realpath(path) == os.path.realpath(lab.root):
        return []
    return [f"{file} has changes that are not committed; it was graded as it lies there"
            for file in submission.uncommitted(path, lab.files)]


def check_lab(lab, path, mark=None):
    """Refused if the submission's lab.json (its bytes are `mark`, if they are known) is of another lab."""
    try:
        if mark is None:
            mark = submission.collect(path, ["lab.json"])["lab.json"]
        name = str(json.loads(mark)["lab"])[:40]
    except (Problem, ValueError, KeyError, TypeError, RecursionError):
        return
    if name != lab.name:
        raise Refused(f"the submission is for lab {name!r}, and this grades lab {lab.name!r}: give LAB={name}, "
                      "or another folder")


class Submission:
    """A submission (a folder or an archive) built in a folder of its own, which goes when this is closed. `notes`:
    sentences for its author."""

    def __init__(self, lab, tree, folder):
        self.files, others, self.notes = take_files(lab, folder)
        self.notes += told_of_git(lab, folder)
        self.folder = scratch.Folder("grade")
        self.work, guests = (os.path.join(self.folder.path, name) for name in ("tree", "guests"))
        try:
            with tree.lock():
                tree.update()
                tree.copy_to(self.work)
                tree.copy_guests_to(guests)
            self.others = submission.others(others, lab.files, tree.digests())
            self.notes += [f"you changed {file}; it is not graded" for file in sorted(self.others)][:MOST_TOLD]
            self._build()
        except BaseException:
            self.close()
            raise
        self.built = Built(os.path.join(self.work, "obj"), "kinglet", tree.guests(guests))

    def close(self):
        self.folder.remove()

    def _build(self):
        for path, data in self.files.items():
            with open(os.path.join(self.work, path), "wb") as file:
                file.write(data)
        made = self._make(f"-j{os.cpu_count() or 1}")
        if made.status and not explain.is_hungry(made.output):
            made = self._make("-j1")            # so that the first error is the same each time
        if made.status or made.timed_out or not os.path.isfile(os.path.join(self.work, "obj", TARGET)):
            raise self._refused(made)

    def _refused(self, made):
        """Why it does not build. What its author changed beside the lab's files may be the reason: then it builds with
        them."""
        wrong = explain.failed_build(made, self.files)
        if self.others and not made.timed_out and not explain.is_hungry(made.output):
            for path, data in self.others.items():
                os.makedirs(os.path.dirname(os.path.join(self.work, path)), exist_ok=True)
                with open(os.path.join(self.work, path), "wb") as file:
                    file.write(data)
            again = self._make(f"-j{os.cpu_count() or 1}")
            if again.status == 0:
                names = " and ".join(sorted(self.others)[:MOST_TOLD])
                wrong.found = f"you changed {names}; it is not graded, and your code needs it ({wrong.found})"
                wrong.cause = "hand-outs say which files are yours; without changes elsewhere, what you hand in must build"
        return Refused(wrong.found, wrong)

    def _make(self, jobs):
        return sandbox.confined(make_command(jobs, f"obj/{TARGET}"), writable=(self.work,), folder=self.work,
                                timeout=BUILD_SECONDS, limits=sandbox.BUILD_LIMITS)
