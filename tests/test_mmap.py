"""Mapped files: what programs see of them, and what the disk has afterwards."""
import crash
import pytest
import qemu
from test_files import NUMBERS, disk, left, run, troubles


def proved(tmp_path, program, contents=None, faults=0, memory="16M", words=""):
    """The program says ok, nothing else is wrong, and so many processes were stopped. Returns the log, and the files
    that the disk has afterwards."""
    path = disk(tmp_path, {"numbers": NUMBERS, "other": b"o" * 1000, **(contents or {})})
    more = "machine=big" if memory != "16M" else ""
    outcome, log = run(program, path, memory=memory, words=f"{more} {words}")
    assert troubles(log) == [] and "log pid=1: ok" in log
    assert sum(line.startswith("fault ") for line in log) == faults
    assert outcome.status == (qemu.EXIT_FAULT if faults else qemu.EXIT_CLEAN)
    return log, left(path)


@pytest.mark.parametrize("memory", ["16M", "64M"])
def test_a_mapped_file_is_the_file_and_a_private_mapping_is_nobody_elses(tmp_path, memory):
    _, files = proved(tmp_path, "test-mapfile", faults=6, memory=memory)
    assert files["private"] == b"A" * 10000
    assert files["shared"] == b"B" + b"A" * 4999 + b"B" + b"A" * 4998 + b"B"
    assert files["numbers"] == NUMBERS and files["other"] == b"o" * 1000


def test_a_wrong_argument_is_told_and_changes_nothing(tmp_path):
    _, files = proved(tmp_path, "test-maperrors", faults=1)
    assert files == {"numbers": NUMBERS, "other": b"o" * 1000}


@pytest.mark.parametrize("memory", ["16M", "64M"])
def test_relatives_share_what_is_shared_and_copy_what_is_private(tmp_path, memory):
    _, files = proved(tmp_path, "test-mapfork", faults=2, memory=memory)
    assert files["both"] == b"PC-G".ljust(4096, b"-") + b"D".ljust(4096, b"-")
    assert files["numbers"] == NUMBERS


@pytest.mark.parametrize("memory", ["16M", "64M"])
def test_behind_a_files_end_are_zeros_and_then_nothing_whatever_its_size_was_before(tmp_path, memory):
    log, files = proved(tmp_path, "test-mapend", faults=10, memory=memory)
    assert sum("access beyond the file's end" in line for line in log) == 10
    assert files["tail"] == b"A" * 5000 + bytes(3192) + b"Z"
    assert files["cut"] == b"A" * 100 and files["nothing"] == b""


def test_any_part_of_a_mapping_may_go_and_the_rest_stays(tmp_path):
    proved(tmp_path, "test-mapparts", faults=10)


def numbered(pages):
    return b"".join(n.to_bytes(8, "little") for n in range(pages * 512))


@pytest.mark.parametrize("words", ["", "fork=copy heap=eager"])
def test_a_file_larger_than_memory_is_read_and_written_through_a_mapping(tmp_path, words):
    contents = numbered(600)
    _, files = proved(tmp_path, "test-maplarge", {"large": contents}, words=words)
    expected = bytearray(contents)
    for word in range(0, 600 * 512, 512):
        expected[word * 8:word * 8 + 8] = (word + 1).to_bytes(8, "little")
    assert files["large"] == expected


def test_each_page_that_was_written_to_is_written_to_the_disk_once_and_no_other(tmp_path):
    """In the order of the calls that ask for it."""
    contents = {name: name.encode() * 3 * 4096 for name in "abcd"}
    path, log = disk(tmp_path, contents), tmp_path / "writes"
    outcome, lines = run("test-mapdirty", None, icount=None, extra=crash.options_noting_writes(path, log))
    assert "log pid=1: ok" in lines and outcome.status == qemu.EXIT_CLEAN
    found = [text for _, text in crash.writes(log.read_bytes())]
    pages = [text for text in found if len(text) == 4096]
    assert [page.strip(page[-1:]) for page in pages] == [b"1", b"2", b"3", b"4"]
    assert [page[-1:] for page in pages] == [b"a", b"a", b"b", b"b"] and found == pages
    changed = left(path)
    assert changed["a"][4096:4097] == b"1" and changed["a"][8192:8193] == b"2"
    assert changed["b"][:1] == b"3" and changed["b"][4096:4097] == b"4"
    assert changed["c"] == contents["c"] and changed["d"] == contents["d"]


def test_msync_waits_for_the_disk_and_says_what_it_says(tmp_path):
    path = disk(tmp_path, {name: b"-" * 3 * 4096 for name in "abcd"})
    errors = tmp_path / "errors"
    errors.write_text('[inject-error]\nevent = "write_aio"\nonce = "on"\nerrno = "5"\n')
    _, log = run("test-mapdirty", f"blkdebug:{errors}:{path}")
    assert "log pid=1: nothing" in log
    assert "log pid=1: not ok: expected to the disk = 0x0, found 0xfffffffffffffffb" in log


def long_lines(count):
    """Each of 1,024 bytes."""
    return b"".join((b"line %6d" % (n * 7919 % count)).rjust(1023) + b"\n" for n in range(count))


def test_a_file_larger_than_memory_is_sorted_where_it_is(tmp_path):
    text = long_lines(1500)
    path = disk(tmp_path, {"numbers.txt": text})
    outcome, log = run("sort", path, image="kinglet.img", words="audit=off")
    assert "log pid=1: numbers.txt: 1500 lines sorted, 0 in the wrong place" in log
    assert outcome.status == qemu.EXIT_CLEAN
    assert left(path)["numbers.txt"] == b"".join(sorted(text.splitlines(True), key=lambda line: line[::-1]))


def test_a_counter_in_a_mapped_file_counts_on_from_one_boot_to_the_next(tmp_path):
    path = disk(tmp_path, {"other": b"o"})
    for start in range(1, 4):
        outcome, log = run("counter", path, image="kinglet.img")
        assert f"log pid=1: started {start} times" in log and outcome.status == qemu.EXIT_CLEAN
    assert left(path) == {"other": b"o", "counter.txt": (3).to_bytes(8, "little")}


def test_a_file_is_changed_by_storing_to_memory(tmp_path):
    text = b"".join(b"line %5d".ljust(63) % n + b"\n" for n in range(1200))
    path = disk(tmp_path, {"numbers.txt": text})
    outcome, log = run("edit", path, image="kinglet.img")
    assert troubles(log) == [] and outcome.status == qemu.EXIT_CLEAN
    place, size = 64 * 1000, 64
    assert left(path)["numbers.txt"] == text[:place] + text[place:place + size].upper() + text[place + size:]


def test_a_file_is_printed_in_three_ways_and_each_says_what_was_copied(tmp_path):
    outcome, log = run("mapcat", disk(tmp_path, {"kinglet.txt": b"one\ntwo\n"}), image="kinglet.img")
    assert [line for line in log if line.startswith("log ")] == [
        "log pid=1: kinglet.txt: read and written: 8 bytes copied by sys_read, 8 by sys_write",
        "log pid=1: kinglet.txt: mapped and written: 0 bytes copied to this process, 8 by sys_write",
        "log pid=1: kinglet.txt: mapped and looked at: 0 bytes copied, 2 lines seen"]
    assert outcome.status == qemu.EXIT_CLEAN


def test_mapped_pages_give_way_when_memory_is_wanted(tmp_path):
    _, files = proved(tmp_path, "test-mappressure")
    assert files["pressed"] == b"".join(bytes([n + 1]).ljust(4096, b"\0") for n in range(40))
    assert files["numbers"] == NUMBERS


@pytest.mark.parametrize("memory", ["16M", "64M"])
def test_whatever_is_mapped_and_unmapped_each_page_is_what_a_plain_model_says(tmp_path, memory):
    proved(tmp_path, "test-maprandom", memory=memory)


def test_a_kernel_without_mappings_says_that_there_is_no_such_call(tmp_path):
    _, log = run("test-mapfile", disk(tmp_path, {"numbers": NUMBERS}), image="without-mapping.img")
    assert "log pid=1: sys_mmap: error -38" in log and not any("panic" in line for line in log)


def test_a_write_to_a_pipe_waits_for_pages_that_the_disk_has_to_bring(tmp_path):
    proved(tmp_path, "test-mappipe")
