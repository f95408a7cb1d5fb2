#!/usr/bin/env python3
"""crash.py - files after a crash: after each single write of a long run the disk is a good one; called by make

    crash.py            one seed after the other for MINUTES (default 1), from SEED (default: by the clock); with SEED
                        and without MINUTES that one seed. CALLS (default 300) calls each

p-test-crash makes random calls that change files, and QEMU notes each write to the disk. Then, for the disk as it was
after each of them: Python reads it as a tar archive, each file has a size that the file had after one of the calls, and
each page of it is as after one of them. Of the disks, some are listed by tar, and some are given to a machine, which
finds no damage, whose audit finds nothing, and which leaves all files as they were. The last one has what the calls
have made. The environment has OBJ QEMU DATADISK.
"""
import collections
import io
import os
import pathlib
import re
import struct
import subprocess
import sys
import tarfile
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "build"))
import files                                                    # noqa: E402
import qemu                                                     # noqa: E402
from problem import Problem, fail                               # noqa: E402

PAGE = 4096
LISTINGS, BOOTS = 50, 10                # how many disks of a run are listed by tar, and booted
DEVICES = {"virtio": "virtio-blk-pci,drive=files,ioeventfd=off", "ide": "ide-hd,drive=files,bus=ide.1"}


class Wrong(Exception):
    """What is wrong with a disk."""


def archive(contents):
    """A disk with these files and room behind them."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name, text in contents.items():
            files.add(tar, name, text)
    return made.getvalue() + bytes(files.SPARE)


def read(disk):
    """{name: contents} of an archive."""
    with tarfile.open(fileobj=io.BytesIO(disk)) as tar:
        return {each.name: tar.extractfile(each).read() for each in tar if each.name != ".kinglet-free"}


def listed(path):
    """The names that tar lists, which has nothing to complain of."""
    result = subprocess.run(["tar", "-tf", path], capture_output=True, text=True, check=False)
    if (result.returncode, result.stderr) != (0, ""):
        raise Wrong(f"tar says: {result.stderr}")
    return set(result.stdout.splitlines()) - {".kinglet-free"}


def writes(log):
    """[(first sector, bytes)]: what QEMU's blklogwrites has logged (Linux, dm-log-writes)."""
    _magic, _version, count, size = struct.unpack_from("<QQQI", log)
    at, found = size, []
    for _ in range(count):
        sector, sectors, flags, _length = struct.unpack_from("<QQQQ", log, at)
        at += size
        if flags == 0:
            found.append((sector, log[at:at + sectors * size]))
            at += sectors * size
    return found


def options_noting_writes(path, log, kind="virtio"):
    """QEMU's options for a second disk whose writes are noted in the file `log`."""
    pathlib.Path(log).write_bytes(b"")
    node = f"driver=blklogwrites,node-name=files,file.driver=file,file.filename={path}," \
        f"log.driver=file,log.filename={log}"
    return "-blockdev", node, "-device", DEVICES[kind]


class History:
    """What files the calls have made, and what each name's file has ever been."""

    def __init__(self, contents):
        self.files, self.names = {}, []
        self.sizes, self.pages = collections.defaultdict(set), collections.defaultdict(set)
        for name, text in contents.items():
            self.files[name] = bytearray(text)
            self.note(name)

    def note(self, name):
        text = self.files[name]
        self.sizes[name].add(len(text))
        for start in range(0, len(text), PAGE):
            self.pages[name, start // PAGE].add(bytes(text[start:start + PAGE]).ljust(PAGE, b"\0"))

    def resize(self, name, size):
        text = self.files[name]
        self.files[name] = text[:size] + bytes(max(0, size - len(text)))
        self.note(name)

    def write(self, name, number, offset, size):
        """A write goes page by page, and the disk may be written between two."""
        if name not in self.files:
            self.files[name] = bytearray()
            self.note(name)
        done = 0
        while done < size:
            part = min(size - done, PAGE - (offset + done) % PAGE)
            text = self.files[name]
            text.extend(bytes(max(0, offset + done + part - len(text))))
            text[offset + done:offset + done + part] = bytes((31 * number + i) % 251 for i in range(done, done + part))
            done += part
            self.note(name)

    def follow(self, call, result):
        """A call that was made, as it is logged, with its result."""
        number, kind, rest = re.fullmatch(r"(\d+) (\w+) (.*)", call).groups()
        if result < 0:
            return
        if kind == "write":
            offset, size, name = rest.split(" ", 2)
            self.write(name, int(number), int(offset), int(size))
        elif kind == "resize":
            size, name = rest.split(" ", 1)
            self.resize(name, int(size))
        elif kind == "empty":
            self.files[rest] = bytearray()
            self.note(rest)
        elif kind == "rename":
            old, new = (self.names[int(each)] for each in rest.split())
            self.files[new] = self.files.pop(old)
            self.note(new)
        else:
            del self.files[rest]

    def follow_log(self, log):
        call = None
        for line in re.findall(r"^log pid=1: (.*)$", log, re.MULTILINE):
            kind, _, rest = line.partition(" ")
            if kind == "name":
                self.names.append(rest.partition(" ")[2])
            elif kind == "do":
                call = rest
            elif kind == "did":
                self.follow(call, int(rest.split()[1]))

    def check(self, found):
        for name, text in found.items():
            if len(text) not in self.sizes[name]:
                raise Wrong(f"{name} has {len(text)} bytes, which it never had")
            for start in range(0, len(text), PAGE):
                page, known = text[start:start + PAGE], self.pages[name, start // PAGE]
                # the disk may have a page already, and not yet the size that goes with it
                if not (page in known if len(page) == PAGE else any(each.startswith(page) for each in known)):
                    raise Wrong(f"page {start // PAGE} of {name} is what it never was")


class Crash:
    """One run of p-test-crash, and the disks that it left behind one after the other."""

    def __init__(self, folder, image, qemu_command, kind="virtio"):
        self.folder, self.image, self.qemu, self.kind = folder, image, qemu_command, kind

    def machine(self, words, **settings):
        with qemu.Machine(self.image, words=f"{words} files=on view=off audit=on stop=60000", qemu=self.qemu,
                          **settings) as machine:
            outcome = machine.run(600)
            return outcome, machine.log()

    def run(self, seed, calls):
        """Returns the disk before it, its writes, and the History."""
        contents = {"seed": f"{seed} {calls}\n".encode(), "a": bytes(range(251)) * 40, "other": b"o" * 1000}
        path, log = os.path.join(self.folder, "disk.tar"), os.path.join(self.folder, "writes")
        disk = archive(contents)
        pathlib.Path(path).write_bytes(disk)
        outcome, text = self.machine("test-crash", icount=None, extra=options_noting_writes(path, log, self.kind))
        if outcome.status != qemu.EXIT_CLEAN or "\nlog pid=1: ok\n" not in text:
            raise Wrong(f"the run ended otherwise: {outcome.sentence} {text[-300:]}")
        history = History(contents)
        history.follow_log(text)
        return disk, writes(pathlib.Path(log).read_bytes()), history

    def boot(self, disk, found):
        """A machine finds that disk good, and leaves its files as they are."""
        path = os.path.join(self.folder, "after.tar")
        pathlib.Path(path).write_bytes(disk)
        outcome, log = self.machine("ls", files=path, files_disk=self.kind)
        if outcome.status != qemu.EXIT_CLEAN or re.search("^(archive damaged|warning|audit:|disk)", log, re.MULTILINE):
            raise Wrong(f"a machine complains: {log}")
        if read(pathlib.Path(path).read_bytes()) != found:
            raise Wrong("a machine changes files by its start")

    def check(self, seed, calls, boots=BOOTS):
        """Returns how many writes there were; or raises Wrong."""
        disk, all_writes, history = self.run(seed, calls)
        disk, path, found = bytearray(disk), os.path.join(self.folder, "listed.tar"), {}
        for number, (sector, data) in enumerate(all_writes, 1):
            disk[512 * sector:512 * sector + len(data)] = data
            try:
                found = read(bytes(disk))
                history.check(found)
                if number % (len(all_writes) // LISTINGS + 1) == 0:
                    pathlib.Path(path).write_bytes(disk)
                    if listed(path) != set(found):
                        raise Wrong("tar lists other files")
                if boots and number % (len(all_writes) // boots + 1) == 0:
                    self.boot(disk, found)
            except (Wrong, tarfile.TarError) as error:
                pathlib.Path(path).write_bytes(disk)
                raise Wrong(f"after write {number} of {len(all_writes)}, to sector {sector}: {error}") from None
        if found != history.files:
            raise Wrong("in the end the files are not what the calls have made")
        return len(all_writes)


def setting(name, default=""):
    return os.environ.get(name) or default


def main():
    folder = setting("OBJ", "obj")
    image = os.path.join(folder, "kinglet-test.img")
    calls, seed = int(setting("CALLS", "300")), int(setting("SEED", str(int(time.time()))))
    end = time.monotonic() + 60 * float(setting("MINUTES", "0" if setting("SEED") else "1"))
    total = runs = 0
    while runs == 0 or time.monotonic() < end:
        with tempfile.TemporaryDirectory() as place:
            try:
                crash = Crash(place, image, setting("QEMU", "qemu-system-x86_64"), setting("DATADISK", "virtio"))
                total += crash.check(seed, calls)
            except Wrong as wrong:
                kept = os.path.join(folder, "crash.tar")
                if os.path.exists(os.path.join(place, "listed.tar")):
                    os.replace(os.path.join(place, "listed.tar"), kept)
                return fail(f"SEED={seed} CALLS={calls}: {wrong}; that disk is {kept}")
        runs += 1
        seed += 1
    print(f"Kinglet: after each of {total:,} writes of {runs} runs the disk was a good one")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(fail(problem))
