"""scratch.py - folders for temporary files, of which none stays behind

    with scratch.Folder("grade") as path: ...

Its owner holds a lock on it, which ends with the owner, however that ends. A folder that nobody holds is therefore
nobody's: the next process that makes one removes it. So one that was killed leaves nothing for long.
"""
import fcntl
import os
import shutil
import tempfile
import time

from problem import Problem

PREFIX, UNLOCKED_PREFIX = "kinglet.", "kinglet-new."
LONGEST_WITHOUT_LOCK = 60               # seconds between a folder's making and its lock


def no_room(place, error):
    """The Problem that nothing can be written in the folder `place`."""
    return Problem(f"there is no room in {place} ({error.strerror}): say where there is some with TMPDIR=")


def locked(path):
    """A descriptor that holds the lock on the folder `path`, or None if somebody else does, or it cannot be locked."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return descriptor
    except OSError:
        os.close(descriptor)
        return None


def is_forgotten(entry):
    """Whether a directory entry is a folder of ours that may have lost its owner."""
    if entry.name.startswith(UNLOCKED_PREFIX):
        if time.time() - entry.stat(follow_symlinks=False).st_mtime < LONGEST_WITHOUT_LOCK:
            return False
    elif not entry.name.startswith(PREFIX):
        return False
    return entry.is_dir(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_uid == os.geteuid()


def sweep(place):
    """Removes from the folder `place` what owners that are gone have left there."""
    for entry in list(os.scandir(place)):
        try:
            lock = locked(entry.path) if is_forgotten(entry) else None
        except OSError:                 # gone meanwhile
            continue
        if lock is not None:
            shutil.rmtree(entry.path, ignore_errors=True)
            os.close(lock)


def make(purpose, place):
    """Makes a folder in `place`. Returns its path and the descriptor that holds its lock, or None. It has its usual
    name only once it is locked, so that nobody takes it for a forgotten one."""
    new = tempfile.mkdtemp(prefix=UNLOCKED_PREFIX, dir=place)
    lock = locked(new)
    path = os.path.join(place, f"{PREFIX}{purpose}.{new.rpartition('.')[2]}")
    os.rename(new, path)
    return path, lock


class Folder:
    """A new folder for `purpose` (a word) in the folder `place`, or where temporary files go. `path` is where it is."""
    swept = set()                       # the places where this process has looked for forgotten ones

    def __init__(self, purpose, place=None):
        try:
            place = place or tempfile.gettempdir()
            if place not in Folder.swept:
                Folder.swept.add(place)
                sweep(place)
            self.path, self.lock = make(purpose, place)
        except OSError as error:
            raise no_room(place or "the folders for temporary files", error) from None

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        self.remove()

    def remove(self):
        """Removes it with all that is in it, if that has not been done."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self.lock is not None:
            os.close(self.lock)
            self.lock = None
