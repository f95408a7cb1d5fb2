"""gdb's commands say what is in memory, wherever the machine stands, and change nothing.

The machine stands in p-fork's third call of fork (or where a test says); what is true then is read from outside.
"""
import re
import shutil
import socket
import subprocess
import sys

import pytest
from conftest import QEMU, ROOT, clean_environment
from memory import PAGESIZE, PROC_START_ADDR, Kernel
from snapshot import Snapshot

pytestmark = pytest.mark.skipif(not shutil.which("gdb"), reason="gdb is not installed")
AT_THIRD_FORK = ["hbreak syscall_fork", "continue", "continue", "continue"]


class Debugged:
    """A machine that gdb can be attached to, again and again."""

    def __init__(self, machine, image, elf):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(1)
        self.elf = elf
        self.machine = machine("fork view=off", image=image, paused=True, gdb=self.listener)

    def gdb(self, *commands):
        """What gdb prints, for each of `commands`; those that fail print their error."""
        port = self.listener.getsockname()[1]
        script = [f"target remote 127.0.0.1:{port}", f"source {ROOT}/build/gdb_commands.py"]
        script += [word for each in commands for word in (f"echo <<{each}>>\\n", each)]
        script += ["disconnect"]        # and leave the machine where it stands
        arguments = [word for each in script for word in ("-ex", each)]
        run = subprocess.run(["gdb", "-nx", "-q", "-batch", "-ex", "set confirm off", *arguments, self.elf],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             timeout=120, check=False, env=clean_environment())
        parts = re.split(r"<<(.*)>>\n", run.stdout)
        return dict(zip(parts[1::2], parts[2::2]))


@pytest.fixture(scope="module")
def answers(image, kernel_elf):
    """What the commands say, the facts read from outside at the same moment, and the same facts before."""
    import qemu
    started = []

    def machine(words, image, **settings):
        started.append(qemu.Machine(str(image), words=words, qemu=QEMU, **settings))
        return started[-1]

    debugged = Debugged(machine, image, kernel_elf)
    commands = ["procs", "pages", "pages 1", "regions 1", "walk 0x100000 1", "walk 0x2ff000 2", "walk 0x1fe000 1",
                "walk 0x200000", "walk 0", "who 0xb8000", "who &zeros", "switch 2", "switch 0", "screen", *WRONG]
    said = debugged.gdb("procs", *AT_THIRD_FORK, *commands, "info registers rip")
    memory = Snapshot(debugged.machine, Kernel(kernel_elf))
    stack = memory.own_mappings(memory.processes()[1])[0x2FF000].pa
    said["who the stack"] = debugged.gdb(f"who {stack:#x}")[f"who {stack:#x}"]
    yield said, memory, debugged
    for each in started:
        each.close()


WRONG = {
    "walk": "walk", "walk zz": "not a number", "walk 0x100000 99": "no process can have pid 99",
    "walk 0x100000 9": "no process 9",
    "who 0x90000000": "", "who": "who", "switch zz": "", "switch 35": "no process 35", "regions": "regions PID",
    "regions 9": "no process 9", "pages zz": "not a number",
}


def test_before_the_kernel_has_started_it_is_said(image, kernel_elf, machine):
    said = Debugged(machine, image, kernel_elf).gdb("procs", "pages", "walk 0x100000", "who 0", "switch 1")
    for command, answer in said.items():
        assert answer.splitlines()[0].startswith("the kernel has not started yet"), command


def test_procs_lists_every_process(answers):
    said, memory, _ = answers
    rows = [line.split() for line in said["procs"].splitlines() if re.match(r" *\d", line)]
    assert {int(row[0].rstrip("*")) for row in rows} == set(memory.processes()) and len(rows) == 3
    assert all("fork" in row and "process_main" in row for row in rows)


def test_pages_shows_the_owner_of_each_page(answers):
    said, memory, _ = answers
    rows = [line.split()[1] for line in said["pages"].splitlines() if line.startswith("0x")]
    signs = {0: ".", -1: "R", -2: "K", -3: "S", 1: "1", 2: "2", 3: "3"}
    shown = "".join(rows).replace("C", "R").replace("Z", "K")
    assert "".join(rows).index("Z") * PAGESIZE == memory.zero_page
    assert len(rows) == 8 and all(len(row) == 64 for row in rows)
    assert shown == "".join(signs[page.owner] for page in memory.pages)


def test_pages_of_a_process_shows_what_it_has_and_is_promised(answers):
    said, memory, _ = answers
    mappings = memory.own_mappings(memory.processes()[1])
    shown = {int(line.split()[0], 16): line[12:] for line in said["pages 1"].splitlines() if line.startswith("0x")}
    found = {start + index * PAGESIZE: sign for start, row in shown.items() for index, sign in enumerate(row)}
    assert {va for va, sign in found.items() if sign not in " P" and va >= PROC_START_ADDR} == set(mappings)
    assert {va for va in mappings if found[va] == "W"} == {va for va, each in mappings.items() if each.copy_on_write}
    assert {va for va, sign in found.items() if sign == "P"} == set(range(0x2F0000, 0x2FF000, PAGESIZE))


def test_regions_are_those_of_the_process(answers):
    said, memory, _ = answers
    for region in memory.regions(1):
        assert f"{region.start:#x}-{region.end:#x}  {('heap', 'stack', 'guard')[region.label]}" in said["regions 1"]
    assert "user rw-, 1 of 16 pages present, 0 faults" in said["regions 1"]
    assert "faults: zero 0, heap 0, stack 0, copy 0, reuse 0, table 0" in said["regions 1"]


def test_what_is_shared_is_told(answers):
    said = answers[0]
    assert "(a shared table: 3 processes)" in said["walk 0x2ff000 2"]
    assert "user r--, copy-on-write, in a 4 KiB page" in said["walk 0x2ff000 2"]
    assert "the page of zeros" in said["who &zeros"]
    for pid in (1, 2, 3):
        assert re.search(rf"process {pid} .* at 0x2ff000, user r--, copy-on-write, in a shared table",
                         said["who the stack"])


@pytest.mark.parametrize("command", ["walk 0x100000 1", "walk 0x2ff000 2"])
def test_walk_goes_down_to_the_physical_page(answers, command):
    said, memory, _ = answers
    va, pid = int(command.split()[1], 16), int(command.split()[2])
    process = memory.processes()[pid]
    entry = memory.number(memory.entry_address(process.pagetable, va))
    assert len(re.findall(r"^  level \d ", said[command], re.MULTILINE)) == 4
    assert f"entry {entry:#018x}" in said[command]
    assert f"physical {entry & 0xFFFFFFFFFF000:#x}" in said[command]


def test_walk_says_where_it_stops(answers):
    said = answers[0]
    assert len(re.findall(r"^  level ", said["walk 0x1fe000 1"], re.MULTILINE)) == 4
    assert "physical" not in said["walk 0x1fe000 1"] and "physical" not in said["walk 0"]
    assert "2 MiB page" in said["walk 0x200000"]


def test_who_names_every_mapping(answers):
    said = answers[0]["who 0xb8000"]
    assert "owner reserved" in said
    for pid in (1, 2, 3):
        assert re.search(rf"mapped by process {pid} .* at 0xb8000, user rw-", said)


def test_switch_shows_a_process_by_its_own_names(answers):
    said, memory, _ = answers
    registers = memory.processes()[2].registers
    assert "process 2 (fork)" in said["switch 2"] and "in process_main" in said["switch 2"]
    assert f"rip    {registers['rip']:#018x}" in said["switch 2"]
    assert f"rsp    {registers['rsp']:#018x}" in said["switch 2"]
    assert "syscall_fork" in said["switch 0"] and "syscall_fork" in said["info registers rip"]


def test_screen_is_the_screen(answers):
    said, _, debugged = answers
    shown = [line.rstrip() for line in debugged.machine.screen().text().splitlines()]
    assert [line.rstrip() for line in said["screen"].splitlines()][:len(shown)] == shown


@pytest.mark.parametrize("command", WRONG)
def test_a_wrong_argument_gets_one_line(answers, command):
    answer = answers[0][command].strip()
    assert answer and len(answer.splitlines()) == 1 and "Traceback" not in answer
    assert WRONG[command] in answer


def test_make_run_gdb_stops_where_the_readme_says(make, tmp_path):
    """Whatever another course's .gdbinit says."""
    (tmp_path / ".gdbinit").write_text("set architecture i386\ntarget remote localhost:1\n")
    flags = "-batch -ex 'break syscall_page_alloc' -ex continue -ex procs"
    result = make("run-gdb", f"GDBFLAGS={flags}", timeout=300, HOME=str(tmp_path))
    assert not re.search(r":\d+: warning: ", result.stderr)          # of the compiler, for debugging
    assert "kernel_entry () at kernel/entry.S" in result.stdout, result.stdout + result.stderr
    assert "\nBreakpoint 2, syscall_page_alloc (p=" in result.stdout
    assert re.search(r"\* runnable  allocator", result.stdout)
    assert "Kinglet: gdb has ended, and the machine with it; the log is in " in result.stderr


def ask(connection, packet):
    """What QEMU's gdb stub, or whoever is at its port, answers to `packet`."""
    connection.sendall(f"+${packet}#{sum(packet.encode()) & 255:02x}".encode())
    answer = b""
    while not re.search(rb"#..", answer) and (data := connection.recv(4096)):
        answer += data
    return answer.decode()


def test_a_machine_waits_for_any_debugger_and_takes_one(image, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(ROOT / "build" / "run.py"), "wait", "--image", image, "--program", "fork"]
    environment = clean_environment(GDBPORT=str(port), QEMU=QEMU, LOG=str(tmp_path / "log.txt"))
    with subprocess.Popen(command, env=environment, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        said = "".join(process.stdout.readline() for _ in range(7))
        for each in f"target remote 127.0.0.1:{port}", f"gdb-remote 127.0.0.1:{port}", "miDebuggerServerAddress":
            assert each in said
        with socket.create_connection(("127.0.0.1", port)) as first:
            assert "$T" in ask(first, "?")
            with socket.create_connection(("127.0.0.1", port)) as second:
                assert "E.only one debugger at a time" in ask(second, "?")
            first.sendall(b"$k#6b")
            assert process.wait(60) == 0
        told = process.stderr.read().splitlines()
    assert told[0].startswith("Kinglet: a second debugger was sent away: only one debugger at a time")
    assert told[1].startswith("Kinglet: the debugger or the window ended the machine; the log is in ")
