"""files.py - the machine's second disk: a tar archive of a folder, or one that is there

A program that asks for files (`files=on` among its boot words) gets DATA: an archive is used itself, and keeps what is
written to it; a folder is packed anew for each run. Without DATA it gets user/files/, a larger text, and the programs of
user/disk/. What is packed lies in $OBJ/disk-after.tar, where it is written to, so that after a run there is what the run
has left.
"""
import io
import os
import tarfile

from problem import Problem
from words import ROOT, setting

OWN = os.path.join(ROOT, "user", "files")
SPARE = 1 << 20                         # bytes behind the archive, for what is written
LARGER_TEXT, LARGER_SIZE = "numbers.txt", 256 << 10


def larger_text():
    """A text of 256 KiB, in which each line tells where it is, of 64 bytes each."""
    lines = (f"line {number:5} of this file begins at byte {64 * number:6}" for number in range(LARGER_SIZE // 64))
    return "".join(line.ljust(63) + "\n" for line in lines).encode()


def packed(folder, more=()):
    """The archive of a folder as bytes, the same each time, with room behind it. `more`: further names and contents."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.GNU_FORMAT) as tar:
        paths = sorted(os.path.join(where, name) for where, _, names in os.walk(folder) for name in names)
        for path in filter(os.path.isfile, paths):
            with open(path, "rb") as file:
                add(tar, os.path.relpath(path, folder), file.read())
        for name, contents in more:
            add(tar, name, contents)
    return archive.getvalue() + bytes(SPARE)


def add(tar, name, contents):
    entry = tarfile.TarInfo(name)
    entry.size = len(contents)
    tar.addfile(entry, io.BytesIO(contents))


def own_programs():
    """(name, contents) of the programs that make has built for a disk."""
    folder = os.path.join(setting("OBJ", "obj"), "disk")
    for name in sorted(os.listdir(folder) if os.path.isdir(folder) else ()):
        with open(os.path.join(folder, name), "rb") as file:
            yield name, file.read()


def own_disk():
    """What a program gets without DATA, as bytes."""
    return packed(OWN, [(LARGER_TEXT, larger_text()), *own_programs()])


def files_disk():
    """The archive that DATA asks for, as a path."""
    data = setting("DATA", "")
    if data and os.path.isfile(data):
        return data
    if data and not os.path.isdir(data):
        raise Problem(f"DATA={data}: there is no such folder, and no such archive")
    path = os.path.join(setting("OBJ", "obj"), "disk-after.tar")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    contents = packed(data) if data else own_disk()
    with open(f"{path}.{os.getpid()}", "wb") as file:
        file.write(contents)
    os.replace(file.name, path)
    return path
