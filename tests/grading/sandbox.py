"""sandbox.py - compiler, linker and QEMU at work on a submission, confined

What is graded is somebody else's text: the compiler reads it, and QEMU runs what comes of it. Both are started through
`confined` (runs a command to its end) or `machine` (for `Settings.wrap` of build/qemu_options.py), in bubblewrap: no
network, no other processes, a system that can only be read, of the other folders only those given, an empty /tmp of
its own. Beside that, always: limits on memory, on the size of each file and on the number of processes, an environment
without anything of the caller's, and an end when the caller ends.

Where bubblewrap is not installed, or may not make namespaces (in most containers), the limits stay and the confinement
goes: `problem()` says why in a sentence, `warn()` says so to the user once. Root then at least becomes nobody, to whom
the folders to be written are given. The folders keep their names inside.
"""
import dataclasses
import functools
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

MEBIBYTE = 1 << 20
PATH = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
NOBODY = 65534

# Of the system, these can be read if they exist: programs, libraries, and what the dynamic linker needs.
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix/store", "/gnu/store",
          "/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d")

OUTPUT_KEPT = 64 * 1024         # bytes of a command's output that are kept; a compiler can write gigabytes
TMP_SIZE = 256 * MEBIBYTE       # of the private /tmp


@dataclasses.dataclass(frozen=True)
class Limits:
    """Sizes in bytes; 0: no limit. A file that has reached its size takes no more; the process goes on. The number
    of processes counts those of the user; the system does not apply it to root."""
    memory: int = 4096 * MEBIBYTE       # of each process's address space
    seconds: int = 0                    # of processor time, for each process
    file: int = 64 * MEBIBYTE           # of each file written
    processes: int = 512


@dataclasses.dataclass(frozen=True)
class Finished:
    """How a command ended. `status` is negative if a signal ended it, None if its time was over. `output` is what it
    wrote to stdout and stderr, cut to OUTPUT_KEPT bytes."""
    status: int
    output: str
    seconds: float

    @property
    def timed_out(self):
        return self.status is None


def _limited(command, limits):
    """`command` under `limits`."""
    if not shutil.which("prlimit"):
        return list(command)
    options = {"--as": limits.memory, "--fsize": limits.file, "--nproc": limits.processes,
               "--cpu": limits.seconds}
    return ["prlimit", "--core=0", *(f"{name}={value}" for name, value in options.items() if value), "--", *command]


def _clean(command):
    """`command` with a small environment of its own. A signal for a file that has grown too large is ignored, so that
    writing fails instead."""
    known = tuple(f"{folder}/" for folder in SYSTEM)
    given = os.environ.get("PATH", "").split(":")           # a cache for compilers would be of no use: /tmp is private
    path = dict.fromkeys(PATH + [each for each in given if each.startswith(known) and "ccache" not in each])
    variables = [f"PATH={':'.join(path)}", "HOME=/tmp", "TMPDIR=/tmp", "LC_ALL=C.UTF-8"]
    ignore = ["--ignore-signal=XFSZ"] if sys.platform == "linux" else []
    return ["env", *ignore, "-i", *variables, *command]


def _bubblewrap(command, writable, readable, folder):
    """`command` in bubblewrap."""
    result = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--hostname", "grading"]
    for path in SYSTEM:
        if os.path.islink(path):
            result += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            result += ["--ro-bind", path, path]
    result += ["--proc", "/proc", "--dev", "/dev", "--size", str(TMP_SIZE), "--tmpfs", "/tmp"]
    for option, paths in (("--ro-bind", readable), ("--bind", writable)):
        for path in map(os.path.abspath, paths):
            result += [option, path, path]
    return result + ["--chdir", folder, "--", *command]


def _can_become_nobody(folders):
    """Whether this is root, and nobody can reach all of `folders`."""
    parents = {parent for folder in folders for parent in pathlib.Path(os.path.abspath(folder)).parents}
    return os.geteuid() == 0 and shutil.which("setpriv") and all(os.stat(parent).st_mode & 1 for parent in parents)


def _unprivileged(command, writable):
    """`command` as nobody, if this is root. Gives nobody what is to be written."""
    if not _can_become_nobody(writable):
        return command
    for top in writable:
        for path in [top, *(os.path.join(here, name) for here, folders, files in os.walk(top)
                            for name in folders + files)]:
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs", *command]


@functools.lru_cache(maxsize=None)
def problem():
    """Why commands are not confined here, in a sentence, or None if they are. Tried once."""
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed"
    trial = _bubblewrap(_limited(["sh", "-c", "true & wait"], Limits()), (), (), "/tmp")
    try:
        end = subprocess.run(_clean(trial), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20,
                             errors="replace", check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not work here ({error})"
    if end.returncode == 0:
        return None
    reason = (end.stderr.strip().splitlines() or [f"status {end.returncode}"])[-1].removeprefix("bwrap: ")
    return f"bubblewrap does not work here ({reason})"


@functools.lru_cache(maxsize=None)
def warn():
    """Says, once, if what is graded is not confined."""
    if sentence := problem():
        print(f"Kinglet: {sentence}; submissions are built and run with limits, but not confined", file=sys.stderr)


def prefixed(command, writable=(), readable=(), limits=Limits(), folder="/"):
    """The command that runs `command` confined, in `folder`. File descriptors are passed on, its exit status comes
    back, and a signal that ends it ends `command`. Of `writable` and `readable` (folders or files that exist) the
    former win. A program outside the system's folders must be in one of them."""
    limited = _limited(command, limits)
    if problem():
        return _clean(_unprivileged(limited, writable))
    return _clean(_bubblewrap(limited, writable, readable, os.path.abspath(folder)))


def _tool_folders(program):
    """What must be readable besides the system for `program` to run."""
    path = os.path.realpath(shutil.which(program) or program)
    return () if path.startswith(tuple(f"{folder}/" for folder in SYSTEM)) else (os.path.dirname(path),)


def kept(output):
    """What a file holds, as text: of a long one the beginning and the end."""
    size = output.seek(0, os.SEEK_END)
    output.seek(0)
    if size <= OUTPUT_KEPT:
        return output.read().decode(errors="replace")
    first = output.read(OUTPUT_KEPT // 2).decode(errors="replace")
    output.seek(size - OUTPUT_KEPT // 2)
    return f"{first}\n... (and more)\n{output.read().decode(errors='replace')}"


def confined(command, writable=(), readable=(), timeout=60, limits=Limits(), folder=None):
    """Runs `command` confined to its end, at most `timeout` seconds of wall time; returns a Finished. It works in
    `folder` (default: the first writable one). Its input is empty."""
    folder = folder or next(iter(writable), "/")
    readable = (*_tool_folders(command[0]), *readable)
    whole = prefixed(command, writable, readable, limits, folder)
    start = time.monotonic()
    with tempfile.TemporaryFile() as output:
        with subprocess.Popen(whole, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=folder,
                              start_new_session=True) as process:
            try:
                status = process.wait(timeout)
            except subprocess.TimeoutExpired:
                status = None
            finally:
                end_group(process)
        text = kept(output)
    if status is not None and 128 < status < 160:               # as bubblewrap tells of a signal
        status = 128 - status
    return Finished(status, text, time.monotonic() - start)


def end_group(process):
    """Ends `process`, the leader of a session of its own, and all that it has started there."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    process.wait()


# A file of the kernel takes a compiler two seconds and a tenth of this memory. Who wants more is fed with something that
# has no end.
BUILD_LIMITS = Limits(memory=1536 * MEBIBYTE, seconds=20)

# What QEMU needs beside the machine's memory is address space for translated code and its stacks. It writes its log,
# copies of the machine's memory, and its copy of the disk.
MACHINE_LIMITS = Limits(memory=6144 * MEBIBYTE, file=32 * MEBIBYTE)


def machine(command, directory):
    """For qemu_options.Settings.wrap: QEMU confined to `directory`."""
    return prefixed(command, (directory,), _tool_folders(command[0]), MACHINE_LIMITS, directory)
