"""The archive on a disk: tools read what Kinglet writes, after each sector, and Kinglet what they write."""
import io
import re
import shutil
import subprocess
import tarfile

import pytest
from conftest import OBJ

PROGRAM = OBJ / "unit" / "test_archive"
FREE_ROOM = ".kinglet-free"
TOOLS = ["tar", pytest.param("bsdtar", marks=pytest.mark.skipif(not shutil.which("bsdtar"), reason="no bsdtar here"))]
# Names of each length that headers hold in another way, and each number of sectors.
FILES = {"empty": b"", "one": b"x", "sector": b"s" * 512, "more": b"m" * 513, "folder/within": b"w" * 5000,
         "n" * 100: b"1", "d" * 90 + "/" + "n" * 60: b"2", "d" * 120 + "/" + "n" * 110: b"3", "ä": b"4"}


@pytest.fixture(scope="module", name="prefixes")
def _prefixes(tmp_path_factory):
    """The disk after each sector of many changes: [(archive, files before the change, files after it)]."""
    folder = tmp_path_factory.mktemp("prefixes")
    subprocess.run([PROGRAM, "prefixes", folder], check=True)
    result = []
    for archive in sorted(folder.glob("*.tar"), key=lambda path: int(path.stem)):
        before, after, _ = re.split(r"^\n", archive.with_suffix(".files").read_text(), flags=re.MULTILINE)
        result.append((archive, listed(before), listed(after)))
    return result


def listed(text):
    """What `test_archive list` prints, of files without line ends."""
    return {name: contents.encode() for name, contents in (line.split("\t") for line in text.splitlines())}


def unpacked(tool, archive, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    done = subprocess.run([tool, "-xf", archive, "-C", folder], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, ""), archive
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found.pop(FREE_ROOM, None)
    return found


def read_by_python(archive):
    with tarfile.open(archive) as tar:
        return {each.name: tar.extractfile(each).read() for each in tar if each.name != FREE_ROOM}


def assert_is_one_of(found, before, after, archive):
    for name in {*found, *before, *after}:
        assert found.get(name) in (before.get(name), after.get(name)), (archive, name)


def test_there_are_changes_of_each_kind(prefixes):
    kinds = {(name in before, name in after, before.get(name) == after.get(name))
             for _, before, after in prefixes for name in {*before, *after}}
    assert {(False, True, False), (True, False, False), (True, True, False), (True, True, True)} <= kinds
    assert len(prefixes) > 100


@pytest.mark.parametrize("tool", TOOLS)
def test_after_each_sector_the_tool_unpacks_each_file_as_before_the_change_or_after_it(prefixes, tool, tmp_path):
    for archive, before, after in prefixes:
        assert_is_one_of(unpacked(tool, archive, tmp_path / "unpacked"), before, after, archive)


def test_after_each_sector_python_reads_each_file_as_before_the_change_or_after_it(prefixes):
    for archive, before, after in prefixes:
        assert_is_one_of(read_by_python(archive), before, after, archive)


def lists(archive):
    done = subprocess.run([PROGRAM, "list", archive], capture_output=True, text=True, check=True)
    return listed(done.stdout), done.stderr


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("form", ["v7", "ustar", "gnu", "pax"])
def test_kinglet_reads_what_the_tool_packs(tool, form, tmp_path):
    names = {name: text for name, text in FILES.items()
             if (len(name.encode()) <= 99 or form != "v7") and (len(name) <= 200 or form in ("gnu", "pax"))}
    for name, text in names.items():
        (tmp_path / "files" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "files" / name).write_bytes(text)
    tool_form = {"bsdtar": {"gnu": "gnutar"}}.get(tool, {}).get(form, form)
    command = [tool, f"--format={tool_form}", "-cf", tmp_path / "all.tar", "-C", tmp_path / "files", "."]
    subprocess.run(command, check=True)
    assert lists(tmp_path / "all.tar") == (names, "")


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_kinglet_reads_what_python_packs_and_says_what_it_skips(form, tmp_path):
    with tarfile.open(tmp_path / "all.tar", "w", format=form) as tar:
        for name, kind, text in (("a", tarfile.REGTYPE, b"1"), ("link", tarfile.SYMTYPE, b""),
                                 ("hard", tarfile.LNKTYPE, b""), ("device", tarfile.CHRTYPE, b""),
                                 ("folder", tarfile.DIRTYPE, b""),
                                 ("l" * 150, tarfile.SYMTYPE, b""), ("b" * 90 + "/" + "b" * 90, tarfile.REGTYPE, b"2")):
            if form == tarfile.USTAR_FORMAT and name.startswith("l" * 50):
                continue
            entry = tarfile.TarInfo(name)
            entry.type, entry.size, entry.linkname = kind, len(text), "a" * 100
            tar.addfile(entry, io.BytesIO(text))
    files, said = lists(tmp_path / "all.tar")
    assert files == {"a": b"1", "b" * 90 + "/" + "b" * 90: b"2"}
    skipped = dict(re.findall(r"^archive skipped sector=\d+ name=(\S+): (.*)$", said, re.MULTILINE))
    assert skipped.pop("l" * 150, "it is a link") == "it is a link"
    assert skipped == {"link": "it is a link", "hard": "it is a link", "device": "it is a device"}


def test_a_file_with_holes_is_skipped(tmp_path):
    with open(tmp_path / "holes", "wb") as file:
        for at in range(12):                            # more than one header lists
            file.seek(at << 16)
            file.write(b"x" * 4096)
    (tmp_path / "last").write_bytes(b"y")
    for form in "gnu", "pax":
        command = ["tar", "--sparse", f"--format={form}", "-cf", tmp_path / "all.tar", "-C", tmp_path, "holes", "last"]
        subprocess.run(command, check=True)
        files, said = lists(tmp_path / "all.tar")
        assert files == {"last": b"y"} and said.endswith(": it has holes\n")
