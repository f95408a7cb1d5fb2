#!/usr/bin/env python3
"""run.py - runs Kinglet for a person: run.py MODE --image IMAGE [--program NAME], called by make

    auto        a window if there is a display, else this terminal, else headless
    graphic     a window
    console     this terminal; Ctrl-C always ends it
    headless    no screen until the end; ends with the machine or after TIME seconds of its own time
    plain       as auto, but the whole screen is the programs'
    text        what programs print is printed here, and what they read is typed here; ends with them
    screenshot  as headless, with the picture drawn all along; writes it as a PNG file
    gdb         stopped at the kernel's first instruction, gdb attached
    wait        stopped before its first instruction, until a debugger of any kind comes
    kvm         does not run it: tells whether KVM=1 would work

The environment has the rest, by the names that `make help` lists: MEMORY QEMU KVM LOG GDB GDBFLAGS GDBPORT TIME BOOT
DISK OUT ICOUNT OBJ. What a user may have got wrong is told in one line. Exit status: 0 if all went well.
"""
import os
import shutil
import signal
import sys

import console
from debugger import attend, run_gdb, run_wait
from endings import claim_log, finish, tell
from environment import common, displays, has_display, icount, number, window
from problem import Parser, Problem, fail
from qemu import Machine, Outcome, kvm_problem
from text import TextPort
from typist import typist
from words import boot_words, setting

TICKS_PER_SECOND = 100


class NoWindow(Problem):
    """There is no window to be had here."""


def window_machine(words, image):
    """A machine started in a window; NoWindow if that cannot be."""
    qemu = setting("QEMU", "qemu-system-x86_64")
    display, settings = window(qemu), common(image, words)
    if not display and shutil.which(qemu):
        raise NoWindow("this QEMU can open no window (it has neither gtk nor sdl): run build/setup, or make run-console"
                       if has_display() else "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set): "
                       "make run-console uses the terminal")
    try:
        return Machine(words=words, **claim_log(), display=display or "none", icount=icount(None), pause_at_end=False,
                       **settings)
    except Problem as problem:
        raise NoWindow(f"no window can be opened here ({problem})") from None


def run_graphic(image, program, own=()):
    with window_machine(boot_words(program, list(own)), image) as machine:
        outcome = attend(machine)
        if outcome.kind == "closed":
            outcome.sentence = "the window was closed"
        return finish(outcome, machine.log(), headless=False)


def run_console(image, program, own=()):
    problem = console.problem()
    if problem:
        raise Problem(problem)
    words = boot_words(program, list(own))
    settings = common(image, words)
    if shutil.which(settings["qemu"]) and "curses" not in displays(settings["qemu"]):
        raise Problem("this QEMU cannot draw in a terminal (it has no curses): run build/setup, or make run-headless")
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


def unwatched(image, program, picture=None):
    """One run to its end without anybody looking; writes the screen's picture to `picture`. Returns its Outcome and
    the text of its log."""
    limit = number("TIME", "20", 0.01, 1000000)
    words = boot_words(program, [f"view={'on' if picture else 'off'}", f"stop={round(limit * TICKS_PER_SECOND)}"])
    log = claim_log()
    with Machine(words=words, **log, icount=icount(5), **common(image, words)) as machine:
        outcome = machine.run(limit, at_end=picture and (lambda machine: machine.screenshot(picture)))
        if picture and outcome.kind != "exit" and machine.process.poll() is None:
            machine.screenshot(picture)
        return outcome, machine.log()


def run_headless(image, program, picture=None):
    outcome, log = unwatched(image, program, picture)
    if picture:
        print(f"Kinglet: wrote {picture}")
    elif outcome.screen:
        sys.stdout.write(outcome.screen.ansi() if sys.stdout.isatty() else outcome.screen.text())
        sys.stdout.flush()
    return finish(outcome, log, headless=True)


def run_screenshot(image, program):
    picture = setting("OUT", os.path.join(setting("OBJ", "obj"), "screenshot.png"))
    if not os.path.isdir(os.path.dirname(picture) or "."):
        raise Problem(f"OUT={picture}: there is no such folder")
    status = run_headless(image, program, picture)
    return 0 if os.path.exists(picture) and status in (0, 1) else 1


def run_text(image, program):
    words, limit = ["view=off"], number("TIME", "1000000", 0.01, 1000000)
    if setting("TIME"):
        words.append(f"stop={round(limit * TICKS_PER_SECOND)}")
    words = boot_words(program, words)
    with TextPort() as port, Machine(words=words, **claim_log(), icount=icount(5), debugcon=port.socket,
                                     **common(image, words)) as machine:
        port.follow(machine)
        # keys that BOOT has, or these
        typed = None if "keys=" in words else typist()
        outcome = machine.run(limit, meanwhile=typed and typed.meanwhile)
        text = machine.log()
    return finish(outcome, text, headless=True) if port.check() else 0


def run_auto(image, program, own=(), otherwise=run_headless):
    qemu = setting("QEMU", "qemu-system-x86_64")
    try:
        if window(qemu):
            return run_graphic(image, program, own)
    except NoWindow as problem:
        fail(f"{problem}; going on without")
    if os.isatty(0) and os.isatty(1):
        why = console.problem() or ("" if "curses" in displays(qemu) else "this QEMU cannot draw in a terminal")
        if not why or not shutil.which(qemu):
            return run_console(image, program, own)
        fail(f"{why}; going on without a picture until the end")
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
             "plain": run_plain, "text": run_text, "screenshot": run_screenshot, "gdb": run_gdb,
             "wait": run_wait, "kvm": tell_kvm}
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
