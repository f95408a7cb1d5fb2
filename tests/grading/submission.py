"""submission.py - the files of a submission, from a folder or an archive

`collect` takes the files that a lab lets a student change out of what was handed in: a folder, or a zip or tar file, as
courses' systems export them; with the lab's folders in it, or inside a few folders more, or with the files alone,
without folders. What was handed in is read as data: no link is followed, no archive unpacked,
nothing waited for, and never more than a few megabytes kept.
"""
import hashlib
import lzma
import os
import re
import shutil
import stat
import struct
import tarfile
import zipfile
import zlib

from grading import sandbox
from problem import Problem

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
LONGEST_FILE = 1 << 20                      # bytes; the longest file of the kernel has a tenth of that
LONGEST_MEMBER = 256 << 20                  # of an archive, unpacked, to be skipped over
MOST_ENTRIES = 50_000
DEEPEST = 5                                 # folders around the lab's
MOST_BESIDE = 2000                          # files of other kinds that are looked at
# What Python's readers of archives raise for broken ones
BROKEN = (EOFError, RuntimeError, ValueError, IndexError, KeyError, OverflowError, AttributeError, TypeError,
          zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error)
IGNORED = re.compile(r"(^|/)(__MACOSX|\.git|obj)(/|$)|(^|/)\._")


def is_archive(path):
    """Whether `path` is named as an archive that `collect` reads."""
    return str(path).lower().endswith(ARCHIVES)


def _read_plain(path):
    """The contents of the plain file `path`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Problem(f"{os.path.basename(path)} is not a plain file")
        return file.read(LONGEST_FILE + 1)


def _folder_entries(folder):
    """{name: function that reads it} of what lies in `folder`, no deeper than a lab's files can. `os.walk` follows no
    links."""
    found = {}
    for place, folders, files in os.walk(folder):
        below = os.path.relpath(place, folder)
        folders[:] = sorted(name for name in folders if not IGNORED.search(name)) if below.count("/") < DEEPEST + 4 else []
        for name in files:
            path = os.path.join(place, name)
            if stat.S_ISREG(os.lstat(path).st_mode):
                found[os.path.normpath(os.path.join(below, name))] = lambda path=path: _read_plain(path)
        if len(found) > MOST_ENTRIES:
            raise Problem("the submission has too many files")
    return found


def _zip_entries(archive):
    found = {}
    for entry in archive.infolist()[:MOST_ENTRIES]:
        def read(entry=entry):
            with archive.open(entry) as file:
                return file.read(LONGEST_FILE + 1)
        if not entry.is_dir() and not stat.S_ISLNK(entry.external_attr >> 16):
            found[entry.filename.replace("\\", "/")] = read
    return found


def _tar_entries(archive):
    found = {}
    for member in archive:
        if member.size > LONGEST_MEMBER or len(found) > MOST_ENTRIES:
            raise Problem("the submission is too large")
        if member.isreg():
            found[os.path.normpath(member.name)] = lambda member=member: archive.extractfile(member).read(
                LONGEST_FILE + 1)
    return found


def _depth(root):
    return root.count("/") + bool(root)


def locate(names, files):
    """{file of the lab: its name in the submission}, `names` being all that the submission has; those that are missing
    are left out. Raises Problem if there are none, or if they are there twice."""
    names = {name for name in names if not IGNORED.search(name)}
    roots = {"/".join(name.split("/")[:depth]) for name in names for depth in range(min(DEEPEST, name.count("/")) + 1)}
    for place in (lambda root, file: f"{root}/{file}".lstrip("/"),
                  lambda root, file: f"{root}/{os.path.basename(file)}".lstrip("/")):
        having = sorted((root for root in roots if any(place(root, file) in names for file in files)),
                        key=lambda root: (_depth(root), root))
        if not having:
            continue
        if len(having) > 1 and _depth(having[1]) == _depth(having[0]):
            raise Problem(f"the submission has the lab's files twice, in {having[0]} and {having[1]}: hand in one")
        return {file: place(having[0], file) for file in files if place(having[0], file) in names}
    raise Problem(f"the submission has none of the lab's files: hand in {', '.join(files)}")


def _collect_from(entries, files, besides, folders):
    places = locate(entries, files)
    top = next(iter(places.items()))
    root = top[1].removesuffix(top[0]) if top[1].endswith(top[0]) else top[1].removesuffix(os.path.basename(top[0]))
    places.update({file: root + file for file in besides if root + file in entries})
    found = {file: entries[name]() for file, name in places.items()}
    for file, data in found.items():
        if len(data) > LONGEST_FILE:
            raise Problem(f"{file} is longer than {LONGEST_FILE >> 20} MiB")
    more = [name for name in sorted(entries) if name.startswith(tuple(root + folder for folder in folders))
            and name.removeprefix(root) not in found and not IGNORED.search(name)]
    for name in more[:MOST_BESIDE]:
        data = entries[name]()
        if len(data) <= LONGEST_FILE:
            found[name.removeprefix(root)] = data
    return found


def collect(path, files, besides=("lab.json",), folders=()):
    """{file: bytes} of those of the lab's `files` that the submission `path` has, of those `besides` that lie next to
    them, and of all in `folders` (with a slash at the end) there. Raises Problem with a sentence for the student if
    none of the lab's can be had."""
    try:
        if os.path.isdir(path):
            return _collect_from(_folder_entries(path), files, besides, folders)
        if not is_archive(path):
            raise Problem(f"{os.path.basename(path)} is neither a folder nor a zip or tar file")
        if str(path).lower().endswith(".zip"):
            with zipfile.ZipFile(path) as archive:
                return _collect_from(_zip_entries(archive), files, besides, folders)
        with tarfile.open(path) as archive:
            return _collect_from(_tar_entries(archive), files, besides, folders)
    except OSError as error:
        raise Problem(f"the submission cannot be read: {error.strerror or error}") from None
    except BROKEN as error:
        raise Problem(f"the submission's archive cannot be read ({str(error) or type(error).__name__})") from None


### What its author should know

SOURCES = ("boot/", "kernel/", "lib/", "user/")         # where a student may have changed more than the lab's files
SUFFIXES = (".cc", ".c", ".hh", ".h", ".S")


def unix(data):
    return data.replace(b"\r\n", b"\n")


def digest(data):
    """As a hand-out's lab.json has it of each source that is not the lab's (build/labs.py)."""
    return hashlib.sha256(unix(data)).hexdigest()[:16]


def digests_of(tree):
    """{path: digest} of all sources below `tree`."""
    found = {}
    for folder in SOURCES:
        for here, _, names in os.walk(os.path.join(tree, folder)):
            for name in names:
                if name.endswith(SUFFIXES):
                    with open(os.path.join(here, name), "rb") as file:
                        found[os.path.relpath(os.path.join(here, name), tree)] = digest(file.read())
    return found


def others(found, files, known):
    """{path: bytes} of those in `found`, beside the lab's `files`, that are not as the hand-out has them, by {path:
    digest} in `known`, or are new in its kernel."""
    return {path: data for path, data in found.items() if path not in files and path.endswith(SUFFIXES)
            and known.get(path, "" if path.startswith("user/") else None) not in ("", digest(data))}


def uncommitted(path, files):
    """Those of the lab's files that git would commit, if the submission is a repository. git runs confined, since what a
    repository says can make it start programs."""
    if sandbox.problem() or not os.path.isdir(os.path.join(path, ".git")) or not shutil.which("git"):
        return []
    options = ["-c", "safe.directory=*", "-c", "core.fsmonitor=false", "--no-optional-locks"]
    end = sandbox.confined(["git", *options, "status", "--porcelain", "--", *files], readable=[path], folder=path,
                           timeout=20)
    return [line[3:] for line in end.output.splitlines() if line[3:] in files] if end.status == 0 else []


def write(contents, folder):
    """Writes what `collect` returned into `folder`, each file at its place in the lab."""
    for file, data in contents.items():
        path = os.path.join(folder, file)
        if not os.path.realpath(path).startswith(os.path.realpath(folder) + os.sep):
            raise Problem(f"{file!r} would lie outside the submission's folder")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as target:
            target.write(data)
