#!/usr/bin/env python3
"""fuzz.py - random calls from p-fuzz, seed after seed, until something goes wrong: called by make

    fuzz.py run         one seed after the other for MINUTES (default 1), from SEED (default: by the clock); with SEED
                        and without MINUTES that one seed. CALLS (default 50000) system calls each
    fuzz.py gdb         the run of SEED and CALLS from its start, with gdb attached
    fuzz.py image       OBJ/fuzz.img, whose program has SEED and CALLS

The environment has OBJ, QEMU and MEMORY too; for gdb, LOG GDB GDBPORT GDBFLAGS; in BOOT, further boot words, such as
`fork=copy heap=eager`, seed and calls among them if one likes: `fuzz seed=7 calls=1000`. With WITHOUT=cow the kernel is
without that room. Seed and number of calls are written into a copy of the test image, where the program's
parameters lie. A run is the same to the instruction each time, and one of fewer calls is the same up to there; so the
shortest prefix that still fails is found by trying.
"""
import dataclasses
import os
import pathlib
import re
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "build"))
import files                                                    # noqa: E402
import pack                                                     # noqa: E402
import qemu                                                     # noqa: E402
import qemu_options                                             # noqa: E402
import scratch                                                  # noqa: E402
from problem import Problem, fail                               # noqa: E402
from debugger import listen_for_gdb                             # noqa: E402

QEMU = os.environ.get("QEMU") or "qemu-system-x86_64"
MARK = b"Kinglet fuzz parameters\0"
FIRST_PREFIX = 32
OFTEN, FULL_RUN = 100, 400_000          # in a run of so many calls, each error and each kind of fault comes so often,
LONG_RUN = 20_000                       # and in one of so many at all
ERRORS = -1, -2, -3, -7, -8, -9, -10, -11, -12, -14, -22, -29, -38          # all of lib/abi.hh but
OF_FILES = -5, -13, -16, -17, -19, -23, -24, -27, -28, -30, -32, -36, -75       # those that only files bring about
SILENCE = 6                             # seconds of the machine's time without a line in the log: it hangs
RESOLVED = "zero", "heap", "stack", "copy", "reuse", "table"            # kinds of faults that became memory
# What a fault must be called in the log, by the name that the program has for what caused it
FAULTS = {
    "divide error": "divide error", "debug trap": "debug trap", "breakpoint": "breakpoint",
    "invalid opcode": "invalid opcode", "no floating point": "no floating point",
    "general protection": "general protection", "a selector": "general protection",
    "not canonical": "general protection", "stack segment": "stack segment fault|general protection",
    "null pointer": "null pointer access", "stack overflow": "stack overflow", "out of memory": "out of memory",
    **{f"{access} {short}": rf"page fault on 0x[0-9a-f]+ \({access} {problem}"
       for access in ("read", "write", "execute")
       for short, problem in (("missing", "missing page"), ("protected", "protection problem"))},
}


def built(folder, name):
    """The path of an image or a kernel; with SAN=1, of the one with sanitizers."""
    path = os.path.join(folder, "san" if os.environ.get("SAN", "0") not in ("", "0") else "", name)
    return path if os.path.exists(path) else os.path.join(folder, name)


@dataclasses.dataclass(frozen=True)
class Setup:
    """Which kernel runs, and how."""
    folder: str
    words: str = ""                     # further boot words
    memory: str = "16M"
    without: str = ""                   # a room
    files: bool = False                 # with a disk, which takes the host time: no run is the same as another

    @property
    def kernel(self):
        """The path of the kernel's ELF file."""
        return built(self.folder, f"without-{self.without}.elf" if self.without else "kernel-test.elf")

    @property
    def image(self):
        return f"without-{self.without}.img" if self.without else "kinglet-test.img"

    def disk(self, folder):
        """A new disk with files, if that is how it runs."""
        path = os.path.join(folder, "disk.tar")
        if self.files:
            with open(path, "wb") as file:
                file.write(files.own_disk())
        return path if self.files else None

    def line(self, calls):
        """The boot words of a run of so many calls. It takes about 6 ticks for each 100 of them."""
        is_big = qemu_options.memory_size(self.memory) != 16 << 20 and "machine=" not in self.words
        ticks = (3000 + calls) * (8 if f"{os.sep}san{os.sep}" in self.kernel else 1)
        return " ".join(["fuzz view=off audit=on", *["machine=big"] * is_big, *["files=on"] * self.files,
                         *self.words.split(), f"stop={ticks}"])


def write_parameters(folder, name, target, mark, parameters):
    """Writes a copy of an image in `folder`, with these bytes where a program has its parameters, behind `mark`; and
    with one program that is broken: its file says that it is for 32 bits."""
    data = pathlib.Path(built(folder, name)).read_bytes()
    file = pack.Elf(str(pathlib.Path(folder) / "user" / "p-test-main.elf")).stripped()
    if data.count(mark) != 1 or data.count(file) != 1:
        raise Problem(f"{folder}/{name} is not of these sources; run make fuzz or make model, which build it")
    place = data.index(mark) + -(-len(mark) // 8) * 8
    data = data[:place] + parameters + data[place + len(parameters):]
    pathlib.Path(target).write_bytes(data.replace(file, file[:4] + b"\1" + file[5:]))


def write_image(setup, target, seed, calls):
    """The same for a run of so many calls."""
    write_parameters(setup.folder, setup.image, target, MARK, struct.pack("<QQ", seed, calls))


class Machine(qemu.Machine):
    """Which also says when nothing happens any more, and does not wait for processes that nobody can end."""
    heard = (0, 0)                      # when something was last heard: the machine's time, the log's length

    def wedged(self, limit):
        log, now = self.log(), self.virtual_time()
        if len(log) != self.heard[1]:
            self.heard = now, len(log)
        elif "\nlog pid=1: ok\n" in log and now > self.heard[0]:
            self.send_key("q")
        elif now > self.heard[0] + SILENCE:
            return f"nothing happened for {SILENCE} s of the machine's time; it was at {self.look()[0]}"
        return super().wedged(limit)


@dataclasses.dataclass
class Run:
    """One run: what went wrong, in a sentence, or an empty one; and the log's lines."""
    failure: str
    log: list

    def said(self, pattern):
        """The numbers in what the first process said in the end, by what they count."""
        found = (re.fullmatch(rf"log pid=1: fuzz {pattern}:? (\d[\d ]*)", line) for line in self.log)
        return {match[1]: [int(number) for number in match[2].split()] for match in found if match}

    @property
    def totals(self):
        """(calls, of those refused)."""
        line = next(line for line in reversed(self.log) if line.startswith("log pid=1: fuzz seed "))
        return tuple(map(int, re.search(r"calls (\d+) refused (\d+)$", line).groups()))

    @property
    def errors(self):
        return {int(error): counts[0] for error, counts in self.said(r"error (-\d+)").items()}

    @property
    def stopped(self):
        return {cause: counts[0] for cause, counts in self.said("stopped by ([a-z ]+)").items()}

    @property
    def resolved(self):
        """How many page faults of each kind became memory."""
        return self.said("(resolved)")["resolved"]

    def rare(self, least):
        """Which errors and faults came less often than that."""
        counts = {**{f"error {error}": self.errors.get(error, 0) for error in ERRORS}, **self.stopped,
                  **{f"fault resolved ({kind})": count for kind, count in zip(RESOLVED, self.resolved)}}
        return [name for name, count in counts.items() if count < least]

    def faults_logged(self, cause):
        """How many lines of the log say that a process was stopped as by `cause`."""
        return sum(bool(re.match(rf"fault pid=\d+: Process \d+ (?:{FAULTS[cause]})", line)) for line in self.log)


def find_failure(outcome, log, calls):
    """What went wrong in a run, or an empty sentence."""
    for line in log:
        if line.startswith(("kernel panic:", "audit:")) or re.match(r"log pid=\d+: not ok", line):
            return line
    if outcome.kind != "exit" or outcome.status not in (qemu.EXIT_CLEAN, qemu.EXIT_FAULT):
        return outcome.sentence or f"the run ended by itself with {outcome.kind} {outcome.status}"
    if "log pid=1: ok" not in log:
        ended = [line for line in log if re.match(r"(fault|panic|exit|kill) pid=1\b", line)]
        return ended[0] if ended else "the first process did not come to its end"
    made = Run("", log).totals[0]
    return "" if made == calls else f"the first process counted {made} calls, not {calls}: its counts were changed"


def run(setup, seed, calls):
    """One run of `calls` calls."""
    with scratch.Folder("fuzz") as temporary:
        image = os.path.join(temporary, "fuzz.img")
        write_image(setup, image, seed, calls)
        words = setup.line(calls)
        with Machine(image, words=words, memory=setup.memory, qemu=QEMU, files=setup.disk(temporary)) as machine:
            outcome = machine.run(limit=int(words.rpartition("=")[2]) / 100 + 5)
            log = machine.log().splitlines()
    return Run(find_failure(outcome, log, calls), log)


def shortest(setup, seed, calls, tell=lambda text: None):
    """The least number of calls with which the run fails and with one fewer does not, given that it fails with `calls`;
    and that Run."""
    good, bad, found = 0, calls, None
    while bad - good > 1 or not found:
        doubled = max(FIRST_PREFIX, 2 * good)
        tried = doubled if not found and doubled < bad else bad if not found else (good + bad) // 2
        result = run(setup, seed, tried)
        tell(f"{tried} calls: {'fails' if result.failure else 'passes'}")
        if result.failure:
            bad, found = tried, result
        elif tried == bad:
            raise Problem(f"SEED={seed} CALLS={calls} failed and then did not: a run was not the same twice; "
                               "look for what the host's time can change")
        else:
            good = tried
    return bad, found


def number(name, default):
    text = os.environ.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,18}(\.[0-9]+)?" if name == "MINUTES" else r"[0-9]{1,18}", text):
        raise Problem(f"{name}={text}: not a number; give one such as {name}={default}")
    return float(text) if name == "MINUTES" else int(text)


def from_environment():
    """(setup, seed or None, calls or None) that the environment asks for. A seed in BOOT is as good as one in SEED."""
    words = (os.environ.get("BOOT") or "").split()
    words = words[1:] if words[:1] == ["fuzz"] else words
    for name in "seed", "calls":
        for word in [word for word in words if word.startswith(f"{name}=")]:
            os.environ[name.upper()] = word.partition("=")[2]
            words.remove(word)
    return Setup(os.environ.get("OBJ") or "obj", " ".join(words), os.environ.get("MEMORY") or "16M",
                 os.environ.get("WITHOUT") or "", bool(os.environ.get("FILES")))


def fuzz(setup):
    """Seed after seed, until the time is over or one fails. Returns an exit status."""
    calls, seed = number("CALLS", 50000), number("SEED", int(time.time()) % 1_000_000)
    minutes = number("MINUTES", 0 if os.environ.get("SEED") else 1)
    end = time.monotonic() + 60 * minutes
    while True:
        result = run(setup, seed, calls)
        if result.failure:
            return report(setup, seed, calls, result)
        made, refused = result.totals
        print(f"SEED={seed} CALLS={made}: ok; {refused} refused for {len(result.errors)} reasons, "
              f"{sum(result.stopped.values())} processes stopped in {len(result.stopped)} ways", flush=True)
        if minutes == 0:
            print("\n".join(line.removeprefix("log pid=1: fuzz ") for line in result.log if "pid=1: fuzz " in line))
        least = OFTEN if calls >= FULL_RUN else 1 if calls >= LONG_RUN else 0
        if setup == Setup(setup.folder) and result.rare(least):
            return fail(f"SEED={seed} CALLS={calls}: less than {least} times each came "
                             f"{', '.join(result.rare(least))}; the kernel should do it, or p-fuzz more often")
        if time.monotonic() >= end:
            return 0
        seed += 1


def report(setup, seed, calls, result):
    """Says what failed, and how to see it again. Returns an exit status."""
    print(f"SEED={seed} CALLS={calls} fails: {result.failure}\nlooking for the shortest prefix", flush=True)
    least, result = shortest(setup, seed, calls, tell=lambda text: print(f"  {text}", flush=True))
    print("\n".join(result.log[-12:]))
    print(f"seed {seed}, {least} calls: {result.failure}\n"
          f"again:     make fuzz SEED={seed} CALLS={least}{settings_of(setup)}\n"
          f"under gdb: make fuzz-gdb SEED={seed} CALLS={least}{settings_of(setup)}")
    return 1


def settings_of(setup):
    """The same as variables for make."""
    given = {"BOOT": setup.words, "MEMORY": setup.memory if setup.memory != "16M" else "", "WITHOUT": setup.without,
             "FILES": "1" if setup.files else ""}
    return "".join(f" {name}='{value}'" for name, value in given.items() if value)


def debug(image, kernel, program, **settings):
    """gdb on a machine that starts from `image`, with the names of both files. Returns gdb's exit status."""
    gdb = os.environ.get("GDB") or "gdb"
    if not shutil.which(gdb):
        raise Problem(f"{gdb} is not installed: run build/setup check, or say where it is with GDB=")
    with listen_for_gdb() as listener:
        commands = ["set confirm off", f"add-symbol-file {program}",
                    f"target remote 127.0.0.1:{listener.getsockname()[1]}", f"source {ROOT}/build/gdb_commands.py",
                    "hbreak panic"]
        arguments = [word for command in commands for word in ("-ex", command)]
        with qemu.Machine(image, qemu=QEMU, log=os.environ.get("LOG") or "log.txt", paused=True, gdb=listener,
                          **settings):
            signal.signal(signal.SIGINT, signal.SIG_IGN)            # Ctrl-C is gdb's
            return subprocess.call([gdb, "-nx", "-q", kernel, *arguments, *shlex.split(os.environ.get("GDBFLAGS", ""))],
                                   preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


def replay(setup):
    """gdb on the run of SEED and CALLS, which goes as it did without. Returns gdb's exit status."""
    seed, calls = number("SEED", 1), number("CALLS", 50000)
    with scratch.Folder("fuzz") as temporary:
        image = os.path.join(temporary, "fuzz.img")
        write_image(setup, image, seed, calls)
        return debug(image, setup.kernel, os.path.join(setup.folder, "user", "p-fuzz.elf"), words=setup.line(calls),
                     memory=setup.memory, files=setup.disk(temporary))


def make_image(setup):
    """OBJ/fuzz.img, which `make run BOOT="fuzz seed=7"` starts."""
    write_image(setup, os.path.join(setup.folder, "fuzz.img"), number("SEED", 1), number("CALLS", 20000))
    return 0


def main(tool="fuzz", **actions):
    """Does what the one argument asks for, an action of the tool that `make` calls by this name; returns the status."""
    try:
        if len(sys.argv) != 2 or sys.argv[1] not in actions:
            raise Problem(f"{tool}.py wants one of {' '.join(actions)}; use make {tool}, or make {tool}-gdb")
        return actions[sys.argv[1]]()
    except Problem as problem:
        return fail(str(problem))
    except BrokenPipeError:             # nobody reads on
        return 141
    except OSError as error:
        return fail(f"{error.filename}: {error.strerror}; give OBJ=, the folder that make {tool} builds in")
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(run=lambda: fuzz(from_environment()), gdb=lambda: replay(from_environment()),
                  image=lambda: make_image(from_environment())))
