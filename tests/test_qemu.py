"""What is relied on in QEMU (build/qemu_options.py, at its end), asked of the QEMU that is found here."""
import re

import pytest

import qemu
import qemu_options
from conftest import ROOT
from problem import Problem

# Boot sectors, and how a machine ends that runs one: kind, status, and what is said.
SECTORS = {
    "status": (b"\xba\x01\x05\xb0\x10\xee\xfa\xf4", "exit", qemu.EXIT_CLEAN, ""),   # mov dx, 0x501; mov al, 0x10; out
    "another": (b"\xba\x01\x05\xb0\x13\xee\xfa\xf4", "exit", qemu.EXIT_PANIC, "panicked"),
    "triple fault": (b"\x0f\x01\x1e\x40\x7c\xcc", "triple fault", None, "triple-faulted"),  # lidt [zeros]; int3
    "reset": (b"\xb0\xfe\xe6\x64\xfa\xf4", "triple fault", None, "reset itself"),   # by the keyboard's controller
    "halt": (b"\xfa\xf4", "wedged", None, "halted with interrupts off"),
    "loop": (b"\xeb\xfe", "wedged", None, "wedged"),
}


def sector(folder, code):
    """A disk image whose boot sector is `code`."""
    path = folder / "sector.img"
    path.write_bytes(code.ljust(510, b"\0") + b"\x55\xaa" + bytes((1 << 20) - 512))
    return str(path)


@pytest.mark.parametrize("name", SECTORS)
def test_each_end_of_a_machine_is_known(name, tmp_path):
    code, kind, status, said = SECTORS[name]
    with qemu.Machine(sector(tmp_path, code)) as machine:
        outcome = machine.run(0)
        assert (outcome.kind, outcome.status) == (kind, status) and said in outcome.sentence


def test_a_machine_that_nobody_stops_ends_with_its_status(tmp_path):
    with qemu.Machine(sector(tmp_path, SECTORS["another"][0]), pause_at_end=False) as machine:
        outcome = machine.run(20)
        assert (outcome.kind, outcome.status) == ("exit", qemu.EXIT_PANIC)


def says_and_ends_with_3(command, _directory):
    """That command, started so that it has last words and a status of its own."""
    return ["sh", "-c", '"$@"; echo "qemu: no more" >&2; exit 3', "sh", *command]


@pytest.mark.parametrize("wrap, how", [
    (None, "was ended by SIGKILL"),
    (says_and_ends_with_3, "ended by itself with status 3: qemu: no more")])
def test_a_command_that_is_not_answered_says_how_qemu_ended(wrap, how, tmp_path):
    with qemu.Machine(sector(tmp_path, SECTORS["loop"][0]), wrap=wrap) as machine:
        if wrap:
            machine.command("quit")
        else:
            machine.process.kill()
        with pytest.raises(Problem, match=f"^QEMU ended before it answered stop: QEMU {how}$"):
            machine.stop()
        outcome = machine.handle({"event": "STOP"}) or machine.run(0)
        assert (outcome.kind, outcome.sentence) == ("died", f"QEMU {how}")


def test_the_commands_that_are_relied_on_are_listed_and_there(tmp_path):
    text = "".join(path.read_text(encoding="utf-8") for path in [*ROOT.glob("build/*.py"), *ROOT.glob("tests/*.py")])
    used = set(re.findall(r"\bcommand\(\"([a-z_-]{2,})\"", text))
    assert used == qemu_options.COMMANDS
    with qemu.Machine(sector(tmp_path, SECTORS["halt"][0]), paused=True) as machine:
        there = {command["name"] for command in machine.command("query-commands")}
    assert qemu_options.COMMANDS <= there


@pytest.mark.parametrize("disk", qemu_options.DISKS)
def test_qemu_has_nothing_to_say_of_its_options(disk, tmp_path):
    settings = {"disk": disk, "memory": "1025M", "words": "hello", "debugcon": "/dev/null", "gdb": "private"}
    with qemu.Machine(sector(tmp_path, SECTORS["status"][0]), **settings) as machine:
        assert machine.run(20).status == qemu.EXIT_CLEAN
        machine.errors.seek(0)
        assert machine.errors.read() == b""
