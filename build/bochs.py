#!/usr/bin/env python3
"""bochs.py - Kinglet in Bochs: a second machine, written by others, with its own idea of the hardware

    bochs.py IMAGE KERNEL.ELF       runs it to its end and prints the last screen; called by `make run-bochs`

The only place that knows Bochs' options. Nothing is drawn and nobody is asked: Bochs' debugger is driven through a
pipe. Bochs cannot hand boot words to a kernel as QEMU does; so it is stopped where the kernel has just found none
(`log_printf` is about to tell), and they are written where the kernel will read them. At the end there is a breakpoint
on `power_off`, to look at memory. Then the kernel writes its status to QEMU's exit port. Bochs' own VGA BIOS reports
failed assertions there, with a line number, so Bochs ends with that in its log: the line is the status.

    with Bochs(image, symbols, words="fork view=off stop=100") as machine:
        outcome = machine.run(at_end=lambda ending: print(ending.screen().text()))
        print(machine.log())

`symbols` are the kernel's functions, name (C++ names without parameters) to address: `symbols_of(kernel.elf)`.
"""
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import threading

import scratch
from problem import Problem, fail
from qemu import EXIT_CLEAN, EXIT_MEANING, Outcome
from screen import ADDRESS, SIZE, Screen

PROGRAM = "bochs-bin"               # Debian's `bochs` is a script that starts it
BIOS, VGA_BIOS = "/usr/share/bochs/BIOS-bochs-latest", "/usr/share/vgabios/vgabios.bin"
CPU = "corei7_haswell_4770"         # the newest that leaves none of the kernel's protections out but UMIP and SMAP
INSTRUCTIONS_A_SECOND = 10_000_000  # of the machine's own time; about what Bochs does in one of ours
PROMPT = re.compile(rb"<bochs:\d+> $")
PAGESIZE = 4096
PATIENCE = 200                      # seconds
WORDS_LIMIT = 255                   # lib and docs: a line of boot words


def bochs_problem():
    """Why Bochs is of no use here, in a sentence, or None."""
    if not shutil.which(PROGRAM):
        return "Bochs is not installed; on Debian: apt-get install bochs bochsbios bochs-term vgabios"
    for path in (BIOS, VGA_BIOS):
        if not os.path.exists(path):
            return f"{path} is missing; on Debian: apt-get install bochsbios vgabios"
    answer = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, errors="replace", check=False)
    if "-rc filename" not in answer.stdout + answer.stderr:
        return "this Bochs is built without its debugger"
    return None


def configuration(image, folder, memory, cpu):
    """The lines of bochsrc. `memory` is in MiB. The disk is the IDE one that Bochs has; the log is the parallel
    port's, as in QEMU; `mode=volatile`: what is written to the disk is forgotten."""
    return f"""
config_interface: textconfig
display_library: term
megs: {memory}
romimage: file={BIOS}
vgaromimage: file={VGA_BIOS}
cpu: model={cpu}, ips={INSTRUCTIONS_A_SECOND}, reset_on_triple_fault=0
clock: sync=none, time0=946684800
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=disk, path="{image}", mode=volatile, cylinders=0
boot: disk
parport1: enabled=1, file="{folder}/log.txt"
port_e9_hack: enabled=1
log: {folder}/bochs.txt
panic: action=fatal
error: action=report
info: action=ignore
debug: action=ignore
"""


class Bochs:
    """One run of Bochs, private, standing still before its first instruction."""

    def __init__(self, image, symbols, words="", memory=16, cpu=CPU):
        if problem := bochs_problem():
            raise Problem(problem)
        if len(words) > WORDS_LIMIT:
            raise Problem(f"boot words: more than {WORDS_LIMIT} characters")
        self.symbols, self.words, self.is_started = symbols, words, False
        self.breakpoints = 0            # so many there have been
        self.folder = scratch.Folder("bochs")
        self.directory = self.folder.path
        self.process, self.screen_device = None, None
        self.said = b""                 # all that the debugger, and port 0xE9, said
        disk = os.path.join(self.directory, "disk.img")
        try:
            shutil.copyfile(image, disk)
            with open(os.path.join(self.directory, "bochsrc"), "w", encoding="ascii") as file:
                file.write(configuration(disk, self.directory, memory, cpu))
            self._start()
        except OSError as error:
            self.close()
            raise Problem(f"cannot start Bochs with {image}: {error.strerror}") from None
        except BaseException:
            self.close()
            raise

    def _start(self):
        self.process = subprocess.Popen(
            [PROGRAM, "-q", "-f", os.path.join(self.directory, "bochsrc")], cwd=self.directory, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "TERM": "xterm"},
            start_new_session=True)
        greeting = self._read_to_prompt()
        found = re.search(r'connected to screen "(.*?)"', greeting)
        if not found:
            raise Problem(f"Bochs did not start: {self.why_it_ended()}")
        self.screen_device = os.open(found[1], os.O_RDWR | os.O_NOCTTY)
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self):
        """What Bochs draws would fill its terminal, and then Bochs would wait."""
        try:
            while os.read(self.screen_device, 65536):
                pass
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends Bochs if it still runs, and removes the machine's directory."""
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.communicate()
        if self.screen_device is not None:
            os.close(self.screen_device)
            self.screen_device = None
        self.folder.remove()

    # The debugger

    def _read_to_prompt(self):
        """What the debugger says until it waits for a command, or Bochs has ended. A halted machine comes to no
        breakpoint, so it is interrupted when the boot loader has told why, or when nothing was said for `PATIENCE`."""
        text, is_interrupted = b"", False
        while not PROMPT.search(text):
            is_told = not is_interrupted and re.search(rb"Kinglet: .*\n", text)
            ready = select.select([self.process.stdout], [], [], 0 if is_told else PATIENCE)[0]
            if not ready and not is_interrupted:
                self.process.send_signal(signal.SIGINT)
                is_interrupted = True
                continue
            data = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not data:
                break
            text += data
        self.said += text
        return text.decode("latin-1")

    def say(self, command):
        """A command that Bochs may end with."""
        try:
            self.process.stdin.write(command.encode("ascii") + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass                            # it has ended; whoever reads its answer will see

    def ask(self, command):
        """A command of the debugger; returns its answer. Problem if Bochs ends instead."""
        self.say(command)
        answer = self._read_to_prompt()
        if not PROMPT.search(answer.encode("latin-1")):
            raise Problem(f"Bochs ended: {self.why_it_ended()}")
        return answer

    def why_it_ended(self):
        """The first panic in Bochs' own log, or what it said last."""
        try:
            with open(os.path.join(self.directory, "bochs.txt"), encoding="latin-1") as file:
                log = file.read()
        except OSError:
            log = ""
        panics = re.findall(r">>PANIC<< (.*)", log + self.said.decode("latin-1"))
        lines = self.said.decode("latin-1").strip().splitlines() or ["it said nothing"]
        return panics[0] if panics else lines[-1]

    def registers(self):
        """{"rax": value, ...}, `rip` among them."""
        found = re.findall(r"\b(r\w\w?) *: ([0-9a-f]{8})_([0-9a-f]{8})", self.ask("r"))
        return {name: int(high + low, 16) for name, high, low in found}

    def go_to(self, name, seconds):
        """Lets the machine run to the beginning of the kernel's function `name`. False if that did not come in
        `seconds` of its time."""
        self.ask(f"pb {self.symbols[name]:#x}")
        self.ask(f"sb {int(seconds * INSTRUCTIONS_A_SECOND)}")
        has_come = "Breakpoint " in self.ask("c")
        self.breakpoints += 1               # Bochs counts them
        self.ask(f"d {self.breakpoints}")
        return has_come

    # Looking and touching, as qemu.Machine

    def command(self, name):
        """The one question that memory.py asks of a machine: it stands still whenever it can be asked."""
        assert name == "query-status"
        return {"running": False}

    def read_memory(self, address, size):
        """`size` bytes of memory at `address`, by the page tables that are in force. In those of the loader and of the
        kernel, that is physical memory; pages that the kernel does not map are read as such."""
        data = b""
        while len(data) < size:
            start, rest = address + len(data), size - len(data)
            missing = self._save(start, rest)
            if missing is not None and missing > start:
                rest = missing - start              # once more, since the file's last part was not written
                missing = self._save(start, rest)
            if missing is None:
                with open(self._memory_file(), "rb") as file:
                    data += file.read()
            else:
                data += self._read_physical(start, min(PAGESIZE - start % PAGESIZE, rest))
        return data

    def _memory_file(self):
        return os.path.join(self.directory, "memory")

    def _save(self, address, size):
        """Has Bochs write memory to a file. Returns the first address that is not mapped, or None."""
        answer = self.ask(f'writemem "{self._memory_file()}" {address:#x} {size}')
        missing = re.search(r"not available for linear 0x([0-9a-f]+)", answer)
        return int(missing[1], 16) if missing else None

    def _read_physical(self, address, size):
        """The same, slowly, whatever is mapped."""
        text = self.ask(f"xp /{-(-size // 8)}gx {address:#x}")
        words = re.findall(r"\t0x([0-9a-f]{8,16})", text)
        data = b"".join(int(word, 16).to_bytes(8, "little") for word in words)[:size]
        if len(data) < size:
            raise Problem(f"Bochs cannot read physical memory at {address:#x}")
        return data

    def write_memory(self, address, data):
        for offset, byte in enumerate(data):
            self.ask(f"setpmem {address + offset:#x} 1 {byte:#x}")

    def screen(self):
        return Screen(self.read_memory(ADDRESS, SIZE))

    def type(self, keys):
        """Types at the machine's keyboard."""
        os.write(self.screen_device, keys.encode("ascii"))

    def log(self):
        """What the parallel port has received, as text; all of it once the run has ended."""
        with open(os.path.join(self.directory, "log.txt"), encoding="latin-1") as file:
            return file.read()

    def loader_lines(self):
        """What the boot loader has said on port 0xE9."""
        return re.findall(r"Kinglet: [^\n]*", self.said.decode("latin-1"))

    def start(self):
        """Lets the machine run until the kernel has its boot words. Returns None, or the Outcome of not starting."""
        if not self.go_to("log_printf", 60):
            lines = self.loader_lines()
            return Outcome("wedged", None, lines[-1] if lines else "the kernel did not start", self.screen())
        if self.words:
            self.write_memory(self.registers()["rsi"], self.words.encode("ascii") + b"\0")
        self.is_started = True
        return None

    def run(self, limit=60, at_end=None):
        """Lets the machine run to its end, at most `limit` seconds of its time after the kernel has started. Calls
        `at_end(machine)` before it powers off. Returns its Outcome, with QEMU's exit statuses."""
        try:
            failure = None if self.is_started else self.start()
            if failure:
                return failure
            has_ended = self.go_to("power_off", limit)
            screen, where = self.screen(), self.registers()["rip"]
            if has_ended and at_end:
                at_end(self)
            self.say("c" if has_ended else "q")
            self.process.wait(30)
        except Problem as problem:
            return Outcome("died", None, str(problem))
        if not has_ended:
            return Outcome("wedged", None, f"the kernel did not end after {limit} s of its time, and was at {where:#x}",
                           screen)
        found = re.fullmatch(r"VGABIOS panic at vgabios.c, line (\d+)", self.why_it_ended())
        if not found:
            return Outcome("died", None, f"Bochs ended: {self.why_it_ended()}", screen)
        status = int(found[1]) << 1 | 1
        return Outcome("exit", status, EXIT_MEANING.get(status, f"status {status}"), screen)


def symbols_of(elf):
    """The kernel's functions, by nm."""
    nm = os.environ.get("TOOLPREFIX", "") + "nm"
    try:
        text = subprocess.run([nm, "-C", elf], check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        raise Problem(f"{nm} cannot read {elf}: run make") from None
    found = re.findall(r"^([0-9a-f]+) [Tt] ([^([\n]*)(?!.*\[clone)", text, re.MULTILINE)
    return {name: int(address, 16) for address, name in found}


def main(image, elf):
    """Runs once, with the boot words of $BOOT; returns an exit status."""
    words = os.environ.get("BOOT") or "allocators stop=500"
    log_path = os.environ.get("LOG") or "log.txt"
    try:
        with Bochs(image, symbols_of(elf), words if "view=" in words else words + " view=off") as machine:
            outcome = machine.run()
            if outcome.screen:
                print(outcome.screen.text(), end="")
            if outcome.kind in ("exit", "wedged") and not machine.loader_lines():
                with open(log_path, "w", encoding="latin-1") as file:
                    file.write(machine.log())
    except Problem as problem:
        return fail(str(problem))
    except OSError as error:
        return fail(f"cannot write LOG={log_path}: {error.strerror}")
    return 0 if outcome.status == EXIT_CLEAN else fail(outcome.sentence)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
