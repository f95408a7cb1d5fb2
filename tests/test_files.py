"""Files: programs read what is on the second disk, whatever its size, and are told what is wrong with it."""
import pathlib
import subprocess

import crash
import pytest
import qemu
import typist
from conftest import QEMU, built, comes

KINDS = ("virtio", "ide")               # of disks that the kernel drives
NUMBERS = bytes(n % 251 for n in range(20000))


def disk(folder, contents):
    """A disk with these files and room behind them."""
    path = folder / "disk.tar"
    path.write_bytes(crash.archive(contents))
    return str(path)


def run(program, path, image="kinglet-test.img", words="", **settings):
    line = f"{program} files=on view=off audit=on stop=6000 {words}"
    with qemu.Machine(built(image), words=line, files=path, qemu=QEMU, **settings) as machine:
        return machine.run(100), machine.log().splitlines()


def troubles(log):
    kinds = "warning", "audit:", "kernel", "disk", "panic"
    return [line for line in log if line.split()[0] in kinds or ": not ok" in line]


@pytest.mark.parametrize("memory, kind", [("16M", "virtio"), ("64M", "virtio"), ("16M", "ide")])
def test_files_are_read_from_any_place_into_any_memory(tmp_path, memory, kind):
    path = disk(tmp_path, {"numbers": NUMBERS, "empty": b"", "folder/one": b"x"})
    outcome, log = run("test-files", path, memory=memory, words="machine=big" if memory == "64M" else "",
                       files_disk=kind)
    assert troubles(log) == [] and "log pid=1: ok" in log and outcome.status == qemu.EXIT_CLEAN


def test_pages_of_files_give_way_when_memory_is_wanted(tmp_path):
    outcome, log = run("test-giveup", disk(tmp_path, {"large": bytes(100 * 4096)}))
    assert troubles(log) == [] and "log pid=1: ok" in log and outcome.status == qemu.EXIT_CLEAN


def left(path):
    """The files of the disk after a run, as Python reads them, and tar lists them."""
    found = crash.read(pathlib.Path(path).read_bytes())
    listed = subprocess.run(["tar", "-tf", path], capture_output=True, text=True, check=False)
    assert (listed.returncode, listed.stderr) == (0, "")
    assert {name for name in listed.stdout.split() if name != ".kinglet-free"} == set(found)
    return found


@pytest.mark.parametrize("memory, icount, kind", [
    ("16M", 5, "virtio"), ("64M", 5, "virtio"), ("16M", 3, "virtio"), ("16M", 7, "virtio"), ("16M", 5, "ide"),
    ("64M", 5, "ide")])
def test_files_are_written_and_tar_reads_them(tmp_path, memory, icount, kind):
    """Ticks, at which the disk is written too, come at other places for each `icount`."""
    path = disk(tmp_path, {"numbers": NUMBERS, "other": b"o" * 1000})
    words = "machine=big" if memory != "16M" else ""
    outcome, log = run("test-writefiles", path, memory=memory, words=words, icount=icount, files_disk=kind)
    assert troubles(log) == [] and "log pid=1: ok" in log and outcome.status == qemu.EXIT_CLEAN
    assert left(path) == {"other": b"o" * 1000, "kept": bytes(n % 251 for n in range(30000)), "short": b"xyz",
                          "hole": bytes(9999) + b"x"}


def test_a_copy_is_on_the_disk_and_a_program_may_be_ended_at_once(tmp_path):
    path = disk(tmp_path, {"kinglet.txt": NUMBERS})
    outcome, log = run("cp", path)
    assert troubles(log) == [] and outcome.status == qemu.EXIT_CLEAN
    assert left(path) == {"kinglet.txt": NUMBERS, "copy.txt": NUMBERS}


@pytest.mark.parametrize("kind", KINDS)
def test_when_the_disk_cannot_be_written_files_are_as_they_were_and_the_machine_goes_on(tmp_path, kind):
    path = disk(tmp_path, {"kinglet.txt": NUMBERS})
    errors = tmp_path / "errors"
    errors.write_text('[inject-error]\nevent = "write_aio"\nonce = "on"\nerrno = "5"\n')
    outcome, log = run("cp", f"blkdebug:{errors}:{path}", files_disk=kind)
    assert "log pid=1: copy.txt: a device failed" in log and "exit pid=1 status=1" in log
    assert outcome.status == qemu.EXIT_CLEAN
    assert "disk error: a change of copy.txt has failed" in log
    assert left(path) == {"kinglet.txt": NUMBERS}


def refusing_writes(folder, path, *sectors):
    """A disk that refuses once to write each of these sectors, or the first one that it is to write."""
    rule = '[inject-error]\nevent = "write_aio"\niotype = "write"\nonce = "on"\nerrno = "5"\n'
    errors = folder / "errors"
    errors.write_text("".join(f'{rule}sector = "{sector}"\n' for sector in sectors) or rule)
    return f"blkdebug:{errors}:{path}"


CONTENTS, AS_IT_WAS, LATER = 43, "copy: a device failed", "20000 bytes from numbers to copy"


@pytest.mark.parametrize("sectors, told", [
    ((), (AS_IT_WAS, LATER)),                               # a new end of the archive
    ((CONTENTS,), (AS_IT_WAS, LATER)),                      # a page of contents in free room
    ((CONTENTS + 8, CONTENTS + 16), (AS_IT_WAS, AS_IT_WAS, LATER)),
])
def test_a_write_that_fails_is_an_error_for_who_asked_and_the_rest_goes_on(tmp_path, sectors, told):
    path = disk(tmp_path, {"numbers": NUMBERS})
    keys = ",".join(f"{20 * number}:=cp_numbers_copy" for number in range(1, len(told) + 1))
    outcome, log = run("sh", refusing_writes(tmp_path, path, *sectors), words=f"keys={keys},200:ctrl-d")
    assert [line.partition(": ")[2] for line in log if line.startswith("log ")] == list(told)
    assert troubles(log) == (len(told) - 1) * ["disk error: a change of copy has failed"]
    assert outcome.status == qemu.EXIT_CLEAN and left(path) == {"numbers": NUMBERS, "copy": NUMBERS}


def test_if_a_header_cannot_be_written_the_disk_is_only_read_from_then_on(tmp_path):
    path = disk(tmp_path, {"numbers": NUMBERS})
    outcome, log = run("sh", refusing_writes(tmp_path, path, 41),
                       words="keys=20:=cp_numbers_copy,40:=cp_numbers_other,60:=wc_numbers,200:ctrl-d")
    assert troubles(log) == ["disk error: a change of copy has failed", "disk error: it is only read from here on"]
    told = [line.partition(": ")[2] for line in log if line.startswith("log ")]
    assert told[:2] == [AS_IT_WAS, "other: a device failed"] and f"{len(NUMBERS)} bytes in numbers" in told[2]
    assert outcome.status == qemu.EXIT_CLEAN and left(path) == {"numbers": NUMBERS}


def test_what_fails_in_the_background_is_told_to_who_asks_whether_all_is_on_the_disk(tmp_path):
    path = disk(tmp_path, {"numbers": NUMBERS})
    outcome, log = run("test-lostwrite", refusing_writes(tmp_path, path, 1, 9))
    assert troubles(log) == 2 * ["disk error: a change of numbers has failed"]
    assert "log pid=1: ok" in log and outcome.status == qemu.EXIT_CLEAN
    assert left(path) == {"numbers": b"abc" + NUMBERS[3:]}


def test_a_read_that_waits_goes_on_where_it_began_whoever_moves_the_place(tmp_path):
    large = b"".join(bytes([n]) * 4096 for n in range(100))
    outcome, log = run("test-fileplace", disk(tmp_path, {"large": large}))
    assert troubles(log) == [] and "log pid=1: ok" in log and outcome.status == qemu.EXIT_CLEAN


def test_a_long_read_goes_on_in_parts(tmp_path):
    path = disk(tmp_path, {"small": b"small"})
    with open(path, "ab") as file:
        file.write(bytes(1300 * 4096))
    outcome, log = run("test-longread", path, memory="64M", words="machine=big")
    assert troubles(log) == [] and "log pid=1: ok" in log and outcome.status == qemu.EXIT_CLEAN


def counted(text):
    return f"{text.count(10)} lines, {len(text.split())} words, {len(text)} bytes"


def test_a_file_larger_than_memory_is_read_to_its_end_and_every_run_is_the_same(tmp_path):
    large = b"".join(b"%d is a number\n" % n for n in range(150000))
    path = disk(tmp_path, {"large": large, "small": b"one\ntwo\n", "large too": large[::-1]})
    (outcome, log), again = (run("wc", path) for _ in range(2))
    assert len(large) > 0x200000 and outcome.status == qemu.EXIT_CLEAN and troubles(log) == []
    for name, text in ("large", large), ("small", b"one\ntwo\n"), ("large too", large[::-1]):
        assert f"log pid=1: {counted(text)} in {name}" in log
    assert again[1] == log or not qemu.Machine.fast_disk        # else the disk takes the host some time


@pytest.mark.parametrize("kind", [None, "ahci", "usb"])
def test_a_machine_without_a_second_disk_that_is_virtio_or_ide_has_no_files(tmp_path, kind):
    outcome, log = run("ls", kind and disk(tmp_path, {"a": b"1"}), files_disk=kind)
    assert "warning no files: this machine has no second disk that is virtio or IDE" in log
    assert "log pid=1: 0 files of 0 bytes" in log and outcome.status == qemu.EXIT_CLEAN


def test_a_kernel_without_files_says_so(tmp_path):
    outcome, log = run("ls", disk(tmp_path, {"a": b"1"}), image="without-files.img")
    assert "warning no files: this kernel does without" in log
    assert "log pid=1: 0 files of 0 bytes" in log and outcome.status == qemu.EXIT_CLEAN


def test_a_damaged_archive_is_read_as_far_as_it_is_good(tmp_path):
    path = disk(tmp_path, {"first": b"1", "second": b"2", "third": b"3"})
    with open(path, "r+b") as file:
        file.seek(1024)
        file.write(b"x" * 200)
    outcome, log = run("wc", path)
    assert "archive damaged sector=2: this is no header" in log
    assert "warning files can only be read: their archive is damaged" in log
    assert [line for line in log if "lines, " in line] == ["log pid=1: 0 lines, 1 words, 1 bytes in first"]
    assert outcome.status == qemu.EXIT_CLEAN


def refusing(folder, path, sector):
    """A disk that refuses once to read this sector."""
    errors = folder / "errors"
    errors.write_text(f'[inject-error]\nevent = "read_aio"\nsector = "{sector}"\nonce = "on"\nerrno = "5"\n')
    return f"blkdebug:{errors}:{path}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_that_the_disk_cannot_read_is_an_error_for_who_wants_it_and_only_once(tmp_path, kind):
    path = disk(tmp_path, {"numbers": NUMBERS, "empty": b"", "folder/one": b"x"})
    outcome, log = run("test-diskerror", refusing(tmp_path, path, 9), files_disk=kind)
    assert "log pid=1: ok" in log and outcome.status == qemu.EXIT_CLEAN
    assert troubles(log) == ["disk error file=numbers"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_that_never_ends_is_an_error_after_30_seconds_and_all_else_goes_on(tmp_path, kind):
    path = disk(tmp_path, {"numbers": NUMBERS, "small": b"x"})
    with qemu.Machine(built("kinglet-test.img"), words="sh files=on view=off audit=on stop=9000", qemu=QEMU,
                      files=f"blkdebug::{path}", files_disk=kind) as machine:
        def type_line(line):
            reads = machine.log().count("\nreads ")
            for character in line + "\n":
                machine.send_key(*typist.keys_of(character), hold=2)
            while machine.log().count("\nreads ") == reads:     # until the shell wants the next
                assert machine.virtual_time() < 80

        assert comes(machine, "\nreads ", 5)
        type_line("cat small")
        machine.command("human-monitor-command", command_line='qemu-io files "break read_aio stuck"')
        type_line("cat numbers &")
        type_line("hello | cat")
        before = machine.log()
        assert comes(machine, "numbers: a device failed", 80)
        type_line("wc small")
        type_line("wc numbers")
        machine.command("human-monitor-command", command_line='qemu-io files "resume stuck"')
        machine.send_key("ctrl", "d")
        outcome, log = machine.run(100), machine.log()
    assert "program=hello" in before and "a device failed" not in before
    assert log.count("numbers: a device failed") == 2 and "0 lines, 1 words, 1 bytes in small" in log
    assert outcome.status == qemu.EXIT_CLEAN and troubles(log.splitlines()) == ["disk error file=numbers"]


def test_a_disk_whose_archive_cannot_be_read_gives_no_files(tmp_path):
    path = disk(tmp_path, {"numbers": NUMBERS})
    outcome, log = run("ls", refusing(tmp_path, path, 41))
    assert troubles(log) == ["warning no files: the disk with them cannot be read"]
    assert "log pid=1: 0 files of 0 bytes" in log and outcome.status == qemu.EXIT_CLEAN


def test_after_each_write_of_a_run_the_disk_has_each_file_as_after_one_of_the_calls(tmp_path):
    path, log = disk(tmp_path, {"numbers": NUMBERS, "other": b"o" * 1000}), tmp_path / "writes"
    contents = bytearray(open(path, "rb").read())
    outcome, lines = run("test-writefiles", None, icount=None, extra=crash.options_noting_writes(path, log))
    assert "log pid=1: ok" in lines and outcome.status == qemu.EXIT_CLEAN
    kept = bytes(n % 251 for n in range(30000))
    allowed = {"numbers": {NUMBERS}, "other": {b"o" * 1000}, "kept": {kept}, "hole": {b"", bytes(9999) + b"x"},
               "one": {b"", b"two"}, "two": {b"", b"two"}, "short": {b"", b"xy", b"xyz"}, "refused": {b""},
               "brief": {b""}}
    prefixes = crash.writes(log.read_bytes())
    assert len(prefixes) > 100
    for number, (sector, text) in enumerate(prefixes):
        contents[512 * sector:512 * sector + len(text)] = text
        found = crash.read(bytes(contents))
        assert found["other"] == b"o" * 1000
        for name, text in found.items():
            assert name in ("parts", "sizes") or name[0] == "n" or text in allowed[name], (number, name, text[:20])
        if number % 20 == 0:
            pathlib.Path(path).write_bytes(contents)
            assert left(path) == found
    assert found == {"other": b"o" * 1000, "kept": kept, "short": b"xyz", "hole": bytes(9999) + b"x"}


@pytest.mark.parametrize("kind", KINDS)
def test_after_each_write_of_a_run_of_random_calls_the_disk_is_a_good_one(tmp_path, kind):
    """A short one; `make check-crash` has more."""
    assert crash.Crash(str(tmp_path), built("kinglet-test.img"), QEMU, kind).check(seed=6, calls=80, boots=2) > 100


def test_a_disk_that_is_not_a_good_one_is_found():
    history = crash.History({"a": b"x" * 5000})
    history.write("a", 1, 4090, 20)
    history.check({"a": b"x" * 5000})
    history.check({"a": bytes(history.files["a"])})
    for wrong in b"x" * 4999, b"x" * 4999 + b"y":
        with pytest.raises(crash.Wrong):
            history.check({"a": wrong})
