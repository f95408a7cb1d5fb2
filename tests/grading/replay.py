"""replay.py - a check again, stopped where it fails, for a person: the report, the picture, and gdb

The check is judged once more; then a second machine does the same, to the instruction, up to the moment that was
wrong. There it stands still: with the kernel's picture of memory (in a window, if there can be one, else as text) and
gdb attached, which has the commands of build/gdb_commands.py.
"""
import contextlib
import os
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading

import run as launcher
from grading import ROOT, build, report, result, sandbox
from grading.machine import Recording
from grading.run import Run, Wrong
from memory import CONSOLE_ADDR
from problem import Problem
from screen import SIZE, Screen

CR3, CODE, DATA = 29, 8, 16                     # number of the register in gdb's packets; the kernel's selectors
DRAWING_SECONDS = 5


def judge(lab, check, built):
    """(scenario, Wrong or None, index of the stop, writes) of the first scenario in which the check fails, or the last
    one."""
    property_ = lab.properties()[check.property]
    for scenario, table in check.scenarios:
        with contextlib.closing(Recording(built, scenario, qemu_path(), sandbox.machine)) as recording:
            try:
                property_(Run(recording, table))
                wrong, index = None, len(recording.stops) - 1
            except Wrong as found:
                wrong = found
                at_end = found.ending or not found.moment
                index = None if found.ending else len(recording.stops) - 1 if at_end else found.moment.index
        if wrong:
            break
    return scenario, wrong, index, recording.writes


def qemu_path():
    return os.environ.get("QEMU") or "qemu-system-x86_64"


def call(debugger, built, function):
    """Lets the kernel run `function`, a function without arguments, on its own page table and stack. False if it does
    not come back. What the machine was is lost."""
    symbols = built.kernel_elf.symbols
    stack, back = symbols["kernel_stack_top"] - 8, symbols["kernel_entry"]
    debugger.checked(f"P{CR3:x}={struct.pack('<Q', symbols['kernel_pagetable']).hex()}")
    debugger.write_physical(stack, struct.pack("<Q", back))
    for name, value in (("ss", DATA), ("cs", CODE), ("eflags", 2), ("rsp", stack), ("rip", symbols[function])):
        debugger.set_register(name, value)
    debugger.set_breakpoint(back)
    debugger.resume()
    if not debugger.has_answer(DRAWING_SECONDS):
        return False
    return debugger.receive().startswith("T05") and debugger.registers()["rip"] == back


def draw(built, scenario, index, writes):
    """What the kernel draws at that moment: the bytes of the screen, or None if it cannot draw any more."""
    with contextlib.closing(Recording(built, scenario, qemu_path(), sandbox.machine, stays=True)) as recording:
        recording.repeat(index, writes)
        try:
            if call(recording.debugger, built, "memshow"):
                return recording.machine.read_memory(CONSOLE_ADDR, SIZE)
        except (EOFError, OSError, RuntimeError, KeyError, Problem):
            pass
    return None


def relay(one, other):
    """Passes on what comes from `one`, until it ends."""
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    with contextlib.suppress(OSError):
        other.shutdown(socket.SHUT_WR)


def debug(recording, program):
    """Runs gdb on the machine as it stands; returns when the person leaves it."""
    gdb = os.environ.get("GDB") or "gdb"
    if not shutil.which(gdb):
        raise Problem(f"{gdb} is not installed: run build/setup check, or say where it is with GDB=")
    built, debugger = recording.built, recording.debugger
    for address in recording.breakpoints:
        debugger.clear_breakpoint(address)
    debugger.physical(False)
    listener = socket.create_server(("127.0.0.1", 0))
    elf = [f"add-symbol-file {built.program(program).path}"] if program else []
    commands = ["set confirm off", *elf, f"target remote 127.0.0.1:{listener.getsockname()[1]}",
                f"source {os.path.join(ROOT, 'build', 'gdb_commands.py')}", "set confirm on"]
    arguments = [word for command in commands for word in ("-ex", command)]
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)               # Ctrl-C is gdb's
    with subprocess.Popen([gdb, "-nx", "-q", built.kernel_path, *arguments, *shlex.split(os.environ.get("GDBFLAGS", ""))],
                          cwd=os.path.dirname(built.folder),
                          preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) as process:
        listener.settimeout(60)
        theirs, ours = listener.accept()[0], debugger.socket
        ours.settimeout(None)
        for pair in ((theirs, ours), (ours, theirs)):
            threading.Thread(target=relay, args=pair, daemon=True).start()
        status = process.wait()
    signal.signal(signal.SIGINT, before)
    return status


def tell(check, lab, wrong, scenario):
    """The check's report, as the grader has it."""
    planned = result.Result.of(check)
    text = report.Text([planned], lab.titles, full=True)
    planned.status, planned.earned = "failed" if wrong else "passed", 0 if wrong else check.points
    planned.wrong = result.report_of(wrong, scenario, []) if wrong else None
    text.add(planned)


def replay(lab, name, folder):
    """Replays the check `name` of a submission; returns an exit status."""
    check = lab.chosen(check=name)[0]
    tree = build.Tree(lab, os.environ.get("OBJ") or os.path.join(lab.root, "obj"))
    try:
        submission = build.Submission(lab, tree, folder)
    except build.Refused as refused:
        raise Problem(refused.sentence) from None
    with contextlib.closing(submission):
        scenario, wrong, index, writes = judge(lab, check, submission.built)
        tell(check, lab, wrong, scenario)
        print("\nKinglet: it passes; this is its last moment" if not wrong else "", flush=True)
        picture = draw(submission.built, scenario, index, writes)
        display = launcher.window(qemu_path())
        extra = ("-display", display) if display else ()
        wrap = None if display else sandbox.machine                     # a window needs more than QEMU may have there
        last = Recording(submission.built, scenario, qemu_path(), wrap, extra, stays=True)
        with contextlib.closing(last) as recording:
            recording.repeat(index, writes)
            if recording.machine.process.poll() is not None:
                raise Problem("the machine has ended itself there, with nothing left to look at")
            if picture:
                recording.debugger.write_physical(CONSOLE_ADDR, picture)
                shown = Screen(picture)
                print(shown.ansi() if sys.stdout.isatty() else shown.text(), flush=True)
            return debug(recording, recording.stops[-1].program if recording.stops else None)
