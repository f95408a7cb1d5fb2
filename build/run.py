#!/usr/bin/env python3
"""run.py - runs Kinglet for a person: run.py MODE --image IMAGE [--program NAME], called by make

    auto        a window if there is a display, else this terminal, else headless
    graphic     a window
    console     this terminal; Ctrl-C always ends it
    headless    no screen until the end; ends with the machine or after TIME seconds of its own time
    plain       as auto, but the whole screen is the programs'
    text        what programs print is printed here; ends with them
    screenshot  as headless, with the picture drawn all along; writes it as a PNG file
    gdb         stopped at the kernel's first instruction, gdb attached
    kvm         does not run it: tells whether KVM=1 would work

The environment has the rest, by the names that `make help` lists: MEMORY QEMU KVM LOG GDB GDBFLAGS GDBPORT TIME BOOT
DISK OUT ICOUNT OBJ. What a user may have got wrong is told in one line. Exit status: 0 if all went well.
"""
import fcntl
import glob
import os
import platform
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys

import console
from endings import Log, finish, tell
from problem import Parser, Problem, fail
from qemu import Machine, Outcome, kvm_problem
from qemu_options import DISKS, memory_size
from text import TextPort

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TICKS_PER_SECOND = 100


def setting(name, default=""):
    return os.environ.get(name, "") or default


def number(name, default, low, high, whole=False):
    """The variable `name` as a number, or Problem."""
    text = setting(name, default)
    if not re.fullmatch(r"[0-9]+" if whole else r"[0-9]+(\.[0-9]+)?", text) or not low <= float(text) <= high:
        raise Problem(f"{name}={text}: not a {'whole ' if whole else ''}number from {low} to {high}")
    return int(text) if whole else float(text)


def programs():
    """Names of all programs, from their sources."""
    user = os.path.join(glob.escape(ROOT), "user")
    paths = glob.glob(f"{user}/p-*.cc") + glob.glob(f"{user}/p-*.c")
    names = [os.path.splitext(os.path.basename(path))[0][2:] for path in paths if os.path.isfile(path)]
    if "allocator" in names:
        names += ["allocators", "allocator2", "allocator3", "allocator4"]
    return sorted(names)


def boot_words(program, own):
    """The line of boot words: what to start, `own` ones of the mode, then the user's, which therefore prevail. With
    more or less memory than the weensy machine's 16M, it is a big machine unless they say which."""
    given = setting("BOOT").split()
    if given and "=" not in given[0]:
        program = given.pop(0)
    program = program or "allocators"
    if program not in programs():
        raise Problem(f'there is no program "{program}"; there are: {" ".join(programs())}')
    if memory_size(setting("MEMORY", "16M")) != memory_size("16M") and not any(
            word.startswith("machine=") for word in given):
        own = own + ["machine=big"]
    if program == "fuzz":               # its image has seed and calls (build/fuzz.mk); it counts where the screen is
        given = ["view=off", "audit=on"] + [word for word in given if not word.startswith(("seed=", "calls="))]
    return " ".join([program] + own + given)


def claim_log():
    """The log's path, claimed so that no other run uses it, and the open file that holds the claim."""
    wanted = setting("LOG", "log.txt")
    candidates = [wanted] + [os.path.join(setting("OBJ", "obj"), f"log-{index}.txt") for index in range(2, 100)]
    for path in candidates:
        try:
            file = open(path, "ab")
        except OSError as error:
            raise Problem(f"cannot write LOG={path}: {error.strerror}") from None
        try:
            if not os.path.isfile(path):            # /dev/stdout and the like: nothing to claim
                Log.path = path
                return path, file
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            continue
        Log.path = path
        if path != wanted:
            print(f"Kinglet: {wanted} belongs to another run; this one writes {path}", file=sys.stderr)
        return path, file
    raise Problem(f"{wanted} belongs to another run: give LOG=")


def common(image):
    """Settings that all modes share, from the environment."""
    disk = setting("DISK", "virtio")
    if disk not in DISKS:
        raise Problem(f"DISK={disk}: not one of {' '.join(DISKS)}")
    memory = setting("MEMORY", "16M")
    memory_size(memory)
    kvm = setting("KVM", "0") != "0"
    qemu = setting("QEMU", "qemu-system-x86_64")
    if kvm:
        problem = kvm_problem(qemu, image, memory)
        if problem:
            raise Problem(f"KVM=1 does not work here: {problem}")
    return {"image": image, "qemu": qemu, "memory": memory, "disk": disk, "kvm": kvm}


def icount(default):
    if setting("ICOUNT") == "off":
        return None
    return number("ICOUNT", str(default), 0, 10, whole=True) if setting("ICOUNT") or default is not None else None


def displays(qemu):
    """The displays this QEMU offers."""
    if not shutil.which(qemu):
        return []                       # said when it is to start
    answer = subprocess.run([qemu, "-display", "help"], capture_output=True, text=True, check=False)
    return answer.stdout.split()


def window(qemu):
    """A display that opens a window here, or None."""
    offered = displays(qemu)
    if sys.platform == "darwin" and "cocoa" in offered:
        return "cocoa"
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return next((name for name in ("gtk", "sdl") if name in offered), None)
    return None


def follow(machine):
    """Follows an interactive run without a terminal of its own to its end."""
    while not machine.monitor.closed:
        event = machine.monitor.event(None)
        outcome = machine.handle(event) if event else None
        if outcome:
            return outcome
    return machine.death()


def run_graphic(image, program, own=()):
    qemu = setting("QEMU", "qemu-system-x86_64")
    display = window(qemu)
    if not display and shutil.which(qemu):
        shown = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        raise Problem("this QEMU can open no window (it has neither gtk nor sdl): run build/setup, or make run-console"
                      if shown else "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set): "
                      "make run-console uses the terminal")
    words = boot_words(program, list(own))
    log, _claim = claim_log()
    with Machine(words=words, log=log, display=display or "none", icount=icount(None), pause_at_end=False,
                 **common(image)) as machine:
        return finish(follow(machine), headless=False)


def run_console(image, program, own=()):
    problem = console.problem()
    if problem:
        raise Problem(problem)
    settings = common(image)
    if shutil.which(settings["qemu"]) and "curses" not in displays(settings["qemu"]):
        raise Problem("this QEMU cannot draw in a terminal (it has no curses): run build/setup, or make run-headless")
    words = boot_words(program, list(own))
    log, _claim = claim_log()
    outcomes = []

    def handle():
        event = machine.monitor.event(0)
        while event:
            outcomes.append(machine.handle(event))
            event = machine.monitor.event(0)
        return machine.monitor.closed or any(outcomes)

    with console.Console() as terminal, Machine(words=words, log=log, display="curses", icount=icount(None),
                                                pause_at_end=False, terminal=terminal, **settings) as machine:
        ended_by = terminal.carry(machine.monitor, handle)
        if ended_by:
            outcome = Outcome("closed", 0, f"ended by {ended_by}")
        else:
            outcome = next(filter(None, outcomes), None) or machine.death()
    return finish(outcome, headless=False)


def run_headless(image, program, picture=None):
    limit = number("TIME", "20", 0.01, 1000000)
    words = boot_words(program, [f"view={'on' if picture else 'off'}", f"stop={round(limit * TICKS_PER_SECOND)}"])
    log, _claim = claim_log()
    with Machine(words=words, log=log, icount=icount(5), **common(image)) as machine:
        outcome = machine.run(limit, at_end=picture and (lambda machine: machine.screenshot(picture)))
        if picture and outcome.kind != "exit" and machine.process.poll() is None:
            machine.screenshot(picture)
    if picture:
        print(f"Kinglet: wrote {picture}")
    elif outcome.screen:
        sys.stdout.write(outcome.screen.ansi() if sys.stdout.isatty() else outcome.screen.text())
        sys.stdout.flush()
    return finish(outcome, headless=True)


def run_screenshot(image, program):
    picture = setting("OUT", os.path.join(setting("OBJ", "obj"), "screenshot.png"))
    if not os.path.isdir(os.path.dirname(picture) or "."):
        raise Problem(f"OUT={picture}: there is no such folder")
    status = run_headless(image, program, picture)
    return 0 if os.path.exists(picture) and status in (0, 1) else 1


def listen_for_gdb():
    """A socket listening on GDBPORT, or on any free port if it is taken and was not asked for."""
    port = number("GDBPORT", "12949", 1, 65535, whole=True)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        if setting("GDBPORT"):
            raise Problem(f"GDBPORT={port} is taken") from None
        listener.bind(("127.0.0.1", 0))
        print(f"Kinglet: port {port} is taken; using {listener.getsockname()[1]}", file=sys.stderr)
    listener.listen(1)
    return listener


def run_gdb(image, program):
    is_pc = platform.machine() in ("x86_64", "AMD64")
    gdb = setting("GDB", "gdb" if is_pc or not shutil.which("gdb-multiarch") else "gdb-multiarch")
    if not shutil.which(gdb):
        raise Problem(f"{gdb} is not installed: run build/setup, or say where it is with GDB=")
    settings = common(image)
    words = boot_words(program, [])
    folder, name = os.path.split(image)                     # kinglet.img has kernel.elf beside it
    kernel = os.path.join(folder, name.replace("kinglet", "kernel", 1).removesuffix(".img") + ".elf")
    name = words.split()[0]
    started = ["allocator", "allocator2", "allocator3", "allocator4"] if name == "allocators" else [name]
    script = os.path.join(ROOT, "build", "kinglet.gdb")
    listener = listen_for_gdb()
    commands = ["set confirm off"]
    commands += [f"add-symbol-file {os.path.dirname(image)}/user/p-{each}.elf" for each in started]
    commands += [f"target remote 127.0.0.1:{listener.getsockname()[1]}", "thbreak kernel_entry", "continue"]
    commands += [f"source {script}"] if os.path.exists(script) else []
    commands += ["set confirm on"]
    log, _claim = claim_log()
    with Machine(words=words, log=log, display=window(settings["qemu"]) or "none", icount=icount(None),
                 pause_at_end=False, paused=True, gdb=listener, **settings):
        listener.close()                                    # QEMU has it now
        arguments = [word for command in commands for word in ("-ex", command)]
        signal.signal(signal.SIGINT, signal.SIG_IGN)        # Ctrl-C is gdb's
        return subprocess.call([gdb, "-q", kernel, *arguments, *shlex.split(setting("GDBFLAGS"))],
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


def run_text(image, program):
    words, limit = ["view=off"], number("TIME", "1000000", 0.01, 1000000)
    if setting("TIME"):
        words.append(f"stop={round(limit * TICKS_PER_SECOND)}")
    words = boot_words(program, words)
    log, _claim = claim_log()
    with TextPort() as port, Machine(words=words, log=log, icount=icount(5), debugcon=port.socket,
                                     **common(image)) as machine:
        port.follow(machine)
        outcome = machine.run(limit)
    return finish(outcome, headless=True) if port.check() else 0


def run_auto(image, program, own=(), otherwise=run_headless):
    qemu = setting("QEMU", "qemu-system-x86_64")
    if window(qemu):
        return run_graphic(image, program, own)
    if not console.problem() and "curses" in displays(qemu):
        return run_console(image, program, own)
    return otherwise(image, program)


def run_plain(image, program):
    return run_auto(image, program, ["view=text"], run_text)


def tell_kvm(image, _program):
    problem = kvm_problem(setting("QEMU", "qemu-system-x86_64"), image if os.path.exists(image) else None)
    print(f"no use here, which is no trouble: {problem}" if problem else "works here (KVM=1)")
    return 0


class Signalled(BaseException):
    """A signal asks to end."""

    def __init__(self, number):
        super().__init__(number)
        self.number = signal.Signals(number)


def raise_signalled(number, _):
    raise Signalled(number)


def main():
    modes = {"auto": run_auto, "graphic": run_graphic, "console": run_console, "headless": run_headless,
             "plain": run_plain, "text": run_text, "screenshot": run_screenshot, "gdb": run_gdb, "kvm": tell_kvm}
    parser = Parser(description="Runs Kinglet under QEMU.", epilog="Called by make: see make help.")
    parser.add_argument("mode", choices=modes)
    parser.add_argument("--image", required=True)
    parser.add_argument("--program", default="")
    arguments = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, raise_signalled)
    try:
        return modes[arguments.mode](arguments.image, arguments.program)
    except Problem as problem:
        return fail(problem)
    except OSError as error:
        return fail(f"{error.filename or 'QEMU'}: {error.strerror or error}")
    except Signalled as end:
        tell(f"ended by {'Ctrl-C' if end.number == signal.SIGINT else end.number.name}")
        return 128 + end.number


if __name__ == "__main__":
    sys.exit(main())
