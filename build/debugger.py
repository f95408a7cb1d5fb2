"""debugger.py - a machine that a debugger is attached to: gdb, started here, or one that somebody starts elsewhere

Both wait on a port. QEMU takes one debugger at a time, and leaves a second one waiting without a word; here that one is
sent away with a sentence.
"""
import os
import platform
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time

from endings import claim_log, finish, tell
from environment import common, icount, number, window
from problem import Problem
from qemu import Machine
from words import ROOT, boot_words, setting

ONLY_ONE = "only one debugger at a time: end the one that is attached"


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


def refuse_second(machine, listener):
    """Somebody knocks at `listener`: sends them away if a debugger is attached; else QEMU lets them in."""
    [stub] = [each for each in machine.command("query-chardev") if each["label"] == "gdb"]
    if stub["filename"].startswith("disconnected:"):
        time.sleep(0.01)
        return
    if not select.select([listener], [], [], 0)[0]:         # it was the first one
        return
    connection, _ = listener.accept()
    answer = f"E.{ONLY_ONE}"            # (GDB manual, appendix E)
    with connection:
        connection.settimeout(1)
        try:
            connection.recv(4096)
            connection.sendall(f"+${answer}#{sum(answer.encode()) & 255:02x}".encode())
        except OSError:
            pass
    print(f"Kinglet: a second debugger was sent away: {ONLY_ONE}", file=sys.stderr)


def attend(machine, listener=None, until=None):
    """Follows a run without a terminal of its own to its end, and returns its Outcome; or returns None once the
    descriptor `until` can be read. Debuggers come to `listener`."""
    watched = [machine.monitor] + [each for each in (listener, until) if each is not None]
    while not machine.monitor.closed:
        ready = [] if machine.monitor.events else select.select(watched, [], [])[0]
        if until in ready:
            return None
        event = machine.monitor.event(0)
        outcome = machine.handle(event) if event else None
        if outcome:
            return outcome
        if listener in ready and not machine.monitor.closed:
            refuse_second(machine, listener)
    return machine.death()


def kernel_of(image):
    """The kernel's ELF file, which lies beside an image: kinglet.img has kernel.elf."""
    folder, name = os.path.split(image)
    return os.path.join(folder, name.replace("kinglet", "kernel", 1).removesuffix(".img") + ".elf")


def programs_of(image, words):
    """The ELF files of the programs that start first."""
    name = words.split()[0]
    started = ["allocator", "allocator2", "allocator3", "allocator4"] if name == "allocators" else [name]
    return [os.path.join(os.path.dirname(image), "user", f"p-{each}.elf") for each in started]


def gdb_commands(image, words, port):
    """gdb's commands, for the kernel's first instruction with all names and Kinglet's own commands."""
    script = os.path.join(ROOT, "build", "gdb_commands.py")
    commands = ["set confirm off"]
    commands += [f"add-symbol-file {path}" for path in programs_of(image, words)]
    commands += [f"target remote 127.0.0.1:{port}", "thbreak kernel_entry", "continue"]
    commands += [f"source {script}"] if os.path.exists(script) else []
    return commands + ["set confirm on"]


def debugged_machine(image, words, listener):
    settings = common(image, words)
    return Machine(words=words, **claim_log(), display=window(settings["qemu"]) or "none", icount=icount(None),
                   pause_at_end=False, paused=True, gdb=listener, **settings)


def run_gdb(image, program):
    is_pc = platform.machine() in ("x86_64", "AMD64")
    gdb = setting("GDB", "gdb" if is_pc or not shutil.which("gdb-multiarch") else "gdb-multiarch")
    if not shutil.which(gdb):
        raise Problem(f"{gdb} is not installed: run build/setup check, or say where it is with GDB=")
    words, listener = boot_words(program, []), listen_for_gdb()
    commands = gdb_commands(image, words, listener.getsockname()[1])
    arguments = [word for command in commands for word in ("-ex", command)]
    with debugged_machine(image, words, listener) as machine:
        ended, held = os.pipe()         # `held` is closed when gdb ends
        signal.signal(signal.SIGINT, signal.SIG_IGN)        # Ctrl-C is gdb's
        process = subprocess.Popen([gdb, "-nx", "-q", kernel_of(image), *arguments, *shlex.split(setting("GDBFLAGS"))],
                                   pass_fds=[held], preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        os.close(held)
        attend(machine, listener, ended)
        status = process.wait()
    tell("gdb has ended, and the machine with it" if status == 0 else f"gdb ended with status {status}")
    return status


def run_wait(image, program):
    words, listener = boot_words(program, []), listen_for_gdb()
    port, kernel = listener.getsockname()[1], kernel_of(image)
    with debugged_machine(image, words, listener) as machine:
        options = "".join(f" -ex {shlex.quote(command)}" for command in gdb_commands(image, words, port))
        print(f"Kinglet: the machine waits for a debugger on port {port} of 127.0.0.1. Ctrl-C ends it. "
              "Type one of these elsewhere:\n\n"
              f"  gdb {shlex.quote(kernel)}{options}\n\n"
              f"  lldb {shlex.quote(kernel)} -o 'gdb-remote 127.0.0.1:{port}'"
              " -o 'breakpoint set -H -n kernel_entry'\n\n"
              f'  in an editor: "program": "{kernel}", "miDebuggerServerAddress": "127.0.0.1:{port}"\n', flush=True)
        outcome = attend(machine, listener)
        if outcome.kind == "closed":
            outcome.sentence = "the debugger or the window ended the machine"
        return finish(outcome, machine.log(), headless=False)
