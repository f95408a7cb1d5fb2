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
from endings import claim_log, finish, tell
from problem import Parser, Problem, fail
from qemu import Machine, Outcome, kvm_problem
from qemu_options import DISKS, memory_size
from text import TextPort
from words import boot_words, setting

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TICKS_PER_SECOND = 100
LEAST_MEMORY = 2 << 20                  # with less, a PC's firmware does not come as far as the boot sector


def number(name, default, low, high, whole=False):
    """The variable `name` as a number, or Problem."""
    text = setting(name, default)
    if not re.fullmatch(r"[0-9]+" if whole else r"[0-9]+(\.[0-9]+)?", text) or not low <= float(text) <= high:
        raise Problem(f"{name}={text}: not a {'whole ' if whole else ''}number from {low} to {high}")
    return int(text) if whole else float(text)


def common(image):
    """Settings that all modes share, from the environment."""
    disk = setting("DISK", "virtio")
    if disk not in DISKS:
        raise Problem(f"DISK={disk}: not one of {' '.join(DISKS)}")
    memory = setting("MEMORY", "16M")
    if memory_size(memory) < LEAST_MEMORY:
        raise Problem(f"MEMORY={memory} is too little: at least 4M will do")
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
    log = claim_log()
    with Machine(words=words, **log, display=display or "none", icount=icount(None), pause_at_end=False,
                 **common(image)) as machine:
        outcome = follow(machine)
        return finish(outcome, machine.log(), headless=False)


def run_console(image, program, own=()):
    problem = console.problem()
    if problem:
        raise Problem(problem)
    settings = common(image)
    if shutil.which(settings["qemu"]) and "curses" not in displays(settings["qemu"]):
        raise Problem("this QEMU cannot draw in a terminal (it has no curses): run build/setup, or make run-headless")
    words = boot_words(program, list(own))
    log = claim_log()
    if os.isatty(log.get("log_stream", -1)) and os.ttyname(log["log_stream"]) == os.ttyname(1):
        raise Problem("LOG= is this terminal, which shows the picture: give a file, or make run-headless")
    outcomes = []

    def handle():
        event = machine.monitor.event(0)
        while event:
            outcomes.append(machine.handle(event))
            event = machine.monitor.event(0)
        return machine.monitor.closed or any(outcomes)

    with console.Console() as terminal, Machine(words=words, **log, display="curses", icount=icount(None),
                                                pause_at_end=False, terminal=terminal, **settings) as machine:
        ended_by = terminal.carry(machine.monitor, handle)
        if ended_by:
            outcome = Outcome("closed", 0, f"ended by {ended_by}")
        else:
            outcome = next(filter(None, outcomes), None) or machine.death()
        text = machine.log()
    return finish(outcome, text, headless=False)


def run_headless(image, program, picture=None):
    limit = number("TIME", "20", 0.01, 1000000)
    words = boot_words(program, [f"view={'on' if picture else 'off'}", f"stop={round(limit * TICKS_PER_SECOND)}"])
    log = claim_log()
    with Machine(words=words, **log, icount=icount(5), **common(image)) as machine:
        outcome = machine.run(limit, at_end=picture and (lambda machine: machine.screenshot(picture)))
        if picture and outcome.kind != "exit" and machine.process.poll() is None:
            machine.screenshot(picture)
        text = machine.log()
    if picture:
        print(f"Kinglet: wrote {picture}")
    elif outcome.screen:
        sys.stdout.write(outcome.screen.ansi() if sys.stdout.isatty() else outcome.screen.text())
        sys.stdout.flush()
    return finish(outcome, text, headless=True)


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
    log = claim_log()
    with Machine(words=words, **log, display=window(settings["qemu"]) or "none", icount=icount(None),
                 pause_at_end=False, paused=True, gdb=listener, **settings):
        listener.close()                                    # QEMU has it now
        arguments = [word for command in commands for word in ("-ex", command)]
        signal.signal(signal.SIGINT, signal.SIG_IGN)        # Ctrl-C is gdb's
        return subprocess.call([gdb, "-nx", "-q", kernel, *arguments, *shlex.split(setting("GDBFLAGS"))],
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


def run_text(image, program):
    words, limit = ["view=off"], number("TIME", "1000000", 0.01, 1000000)
    if setting("TIME"):
        words.append(f"stop={round(limit * TICKS_PER_SECOND)}")
    words = boot_words(program, words)
    with TextPort() as port, Machine(words=words, **claim_log(), icount=icount(5), debugcon=port.socket,
                                     **common(image)) as machine:
        port.follow(machine)
        outcome = machine.run(limit)
        text = machine.log()
    return finish(outcome, text, headless=True) if port.check() else 0


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
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)        # what is still to be written there
        tell("nobody reads this run's output any more")
        return 1
    except OSError as error:
        return fail(": ".join(filter(None, [error.filename, error.strerror or str(error)])))
    except Signalled as end:
        tell(f"ended by {'Ctrl-C' if end.number == signal.SIGINT else end.number.name}")
        return 128 + end.number


if __name__ == "__main__":
    sys.exit(main())
