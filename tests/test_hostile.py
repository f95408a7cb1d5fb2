"""test_hostile.py - whatever stands in a file that Kinglet's tools read: one line, no traceback

What is not in files (answers of QEMU, variables, arguments) is in test_hostile_tools.py.
Nothing is half written, nothing outside a folder is touched, nothing takes long. (The kernel's own parsers, of boot
words and programs' files, have theirs in tests/unit/; submissions, in test_sandbox.py, too.)

| what is read | by | here, and further |
|---|---|---|
| ELF files | build/pack.py, grading/built.py | here |
| boot sector, second stage, kernel | build/mkimage | here |
| lab.toml, checks.toml, lab.json | build/labs.py, grading/lab.py, grading/build.py | here |
| C++ of a lab | build/functions.py | here; test_labs.py |
| results of a class, orders | grading/classes.py, class_job.py | here; test_classes.py |
| submissions: folders and archives | grading/submission.py | here; test_sandbox.py |
| QEMU's monitor and gdb stub, pictures, the screen | build/monitor.py, gdbstub.py, screen.py | test_hostile_tools.py |
| log.txt of a fuzzing run | tests/fuzz.py | test_fuzz.py |
| boot words, and make's variables | build/run.py, tests/fuzz.py | test_hostile_tools.py; test_launch.py, test_run.py |
| arguments of each tool | all | test_hostile_tools.py |
"""
import io
import json
import os
import random
import re
import struct
import subprocess
import sys
import tarfile
import zipfile

import pytest

import conftest
import functions
import labs
import pack
from grading import build, classes, formats, submission
from grading.lab import Lab
from grading.result import Report
from hostile import BYTES, DEEP, in_one_line, problem_of, refused, short
from made_up_lab import write_tree
from memory import SECTOR, STAGE2_SECTORS


### ELF files

def elf_with(**fields):
    """A program's ELF file with some of its header's fields changed."""
    places = {"phoff": "32Q", "shoff": "40Q", "phentsize": "54H", "phnum": "56H", "shentsize": "58H", "shnum": "60H",
              "shstrndx": "62H"}
    data = bytearray(program())
    for name, value in fields.items():
        struct.pack_into("<" + places[name][-1], data, int(places[name][:-1]), value)
    return bytes(data)


def program():
    with open(conftest.built("user/p-hello.elf"), "rb") as file:
        return file.read()


BROKEN_ELF = {
    **{name: lambda data=data: data for name, data in BYTES.items()},
    "magic alone": lambda: b"\x7fELF\x02\x01", "half a header": lambda: program()[:40],
    "half a file": lambda: program()[:len(program()) // 2], "of 32 bits": lambda: b"\x7fELF\x01" + program()[5:],
    "sections far away": lambda: elf_with(shoff=(1 << 64) - 1), "segments far away": lambda: elf_with(phoff=1 << 63),
    "65,535 segments": lambda: elf_with(phnum=65535),
}


@pytest.mark.parametrize("name", BROKEN_ELF)
def test_a_broken_elf_file_is_one_line_and_nothing_is_written(tmp_path, capsys, monkeypatch, name):
    path, out = tmp_path / "p-x.elf", tmp_path / "out"
    path.write_bytes(BROKEN_ELF[name]())
    for action in ("strip", "table"):
        monkeypatch.setattr(sys, "argv", ["pack.py", action, "-o", str(out), str(path), str(path)])
        assert str(path) in in_one_line(capsys, pack.main)
    assert os.listdir(tmp_path) == ["p-x.elf"]


def test_any_change_of_an_elf_file_makes_a_broken_file_or_another_but_no_trouble(tmp_path):
    """In headers, section table, symbol table and names: where something refers to something."""
    path, good, chance = tmp_path / "x.elf", program(), random.Random(6)
    path.write_bytes(good)
    elf = pack.Elf(path)
    tables = [range(64)] + [range(elf.shoff, len(good))] + [range(each[4], each[4] + each[5]) for each in elf.sections
                                                           if each[1] in (pack.SHT_SYMTAB, 3)]
    verdicts = set()
    for _ in range(250):
        data = bytearray(good)
        for place in (chance.choice(chance.choice(tables)) for _ in range(chance.randrange(1, 4))):
            data[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        path.write_bytes(data[:chance.choice((len(data), len(data), chance.randrange(len(data))))])

        def read():
            one = pack.Elf(path)
            one.functions()
            one.stripped()
        verdicts.add(bool(problem_of(read)))
    assert verdicts == {True, False}


def test_a_name_of_several_lines_in_an_elf_file_moves_no_other_names():
    found = pack.demangle("c++filt", ["_Z1fv", "a\nb", "a\x0cb", "_Z1gi"])
    assert found == {"_Z1fv": "f()", "a\nb": "a\nb", "a\x0cb": "a\x0cb", "_Z1gi": "g(int)"}


STAGE1, STAGE2 = bytes(510) + b"\x55\xAA", bytes(4) + struct.pack("<II", 0x474E494B, 0)


@pytest.mark.parametrize("stage1, stage2, kernel", [
    (b"", STAGE2, b"\x7fELF"), (STAGE1 + b"x", STAGE2, b"\x7fELF"), (STAGE1, b"", b"\x7fELF"),
    (STAGE1, STAGE2 + bytes(STAGE2_SECTORS * SECTOR), b"\x7fELF"), (STAGE1, STAGE2, b"no kernel"),
    (STAGE1, STAGE2, None)], ids=short)
def test_an_image_is_made_of_what_can_boot_or_not_at_all(tmp_path, stage1, stage2, kernel):
    for name, data in (("stage1", stage1), ("stage2", stage2), ("kernel", kernel)):
        if data is not None:
            (tmp_path / name).write_bytes(data)
    before = sorted(os.listdir(tmp_path))
    end = subprocess.run([sys.executable, conftest.ROOT / "build/mkimage", "image", "stage1", "stage2", "kernel"], cwd=tmp_path,
                         capture_output=True, text=True, check=False)
    assert end.returncode == 1 and re.fullmatch(r"Kinglet: .*\n", end.stderr), end.stderr
    assert sorted(os.listdir(tmp_path)) == before


### Labs

STEP = '[[step]]\nname = "a"\ntitle = "A"\n'
LAB = 'title = "T"\nfiles = ["kernel/space.cc"]\n'
BROKEN_LAB = {
    **{name: data.decode("latin-1") for name, data in BYTES.items()}, "deep": f"x = {DEEP}", "cut": 'title = "T',
    "no step": LAB, "a step that is a number": LAB + "step = [1]\n", "steps that are a number": LAB + "step = 1\n",
    "files that are numbers": "files = [1]\n" + STEP, "too many files": 'files = ["a", "b", "c", "d"]\n' + STEP,
    "a title that is a list": "title = []\n" + LAB.split("\n", 1)[1] + STEP,
    "a function without a file": LAB + STEP + 'functions = ["f"]\n',
    "a function that is a number": LAB + STEP + "functions = [7]\n",
    "a file outside": 'files = ["../../etc/passwd"]\n' + STEP, "an absolute file": 'files = ["/etc/passwd"]\n' + STEP,
    "something outside removed": f'remove = ["../precious"]\n{LAB}{STEP}',
    "something outside made": f'{LAB}{STEP}[merge]\n"../x.cc" = ["kernel/a.cc"]\n',
    "something outside taken": f'{LAB}{STEP}[merge]\n"kernel/x.cc" = ["../precious"]\n',
    "a merge of a number": f'{LAB}{STEP}[merge]\n"kernel/x.cc" = 1\n',
    "something outside kept": f'{LAB}{STEP}[over]\nlab = "one"\nkeep = ["../precious"]\n',
    "a base that is not there": f'{LAB}{STEP}[from]\nlab = "../one"\n',
}


@pytest.mark.parametrize("name", BROKEN_LAB)
def test_a_broken_lab_is_one_line_and_nothing_outside_is_touched(tmp_path, name):
    root = write_tree(tmp_path / "root")
    (tmp_path / "precious").write_text("mine")
    (root / "labs/one/lab.toml").write_bytes(BROKEN_LAB[name].encode("latin-1"))
    refused(labs.state_tree, "one", 0, tmp_path / "out", None, (), root)
    assert (tmp_path / "precious").read_text() == "mine" and not (tmp_path / "x.cc").exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["..", "../labs/vm", "/etc", "vm/../vm", "vm\0", "a\nb", "", "x" * 5000], ids=short)
def test_a_lab_is_a_name_and_no_path(name):
    assert "there are: faults start vm" in refused(labs.read_lab, name)
    assert "there are: faults start vm" in refused(Lab, name)


CHECK = '[[check]]\nid = "c"\nstep = "a"\ntitle = "C"\nprogram = "check-c"\nproperty = "p"\n'
BROKEN_CHECKS = {
    **{name: data.decode("latin-1") for name, data in BYTES.items() if name != "empty"}, "deep": f"x = {DEEP}",
    "checks that are a number": "check = 1\n", "a check that is a number": "check = [1]\n",
    "no id": CHECK.replace('id = "c"\n', ""), "an id of two lines": CHECK.replace('"c"', '"c\\nd"'),
    "points below zero": CHECK + "points = -1\n", "points that are none": CHECK + "points = nan\n",
    "points that are true": CHECK + "points = true\n", "endless points": CHECK + "points = inf\n",
    "an unknown key": CHECK + "pionts = 1\n", "needs that are a number": CHECK + "needs = [1]\n",
    "needs what needs it": CHECK + 'needs = ["c"]\n', "a program elsewhere": CHECK.replace("check-c", "../p"),
    "a program and words": CHECK.replace("check-c", "check-c stop=1"), "endless seconds": CHECK + "seconds = inf\n",
    "seconds below zero": CHECK + "seconds = -1\n", "a scenario that is a number": CHECK + "scenario = [1]\n",
    "a seed that is too large": CHECK + "[[check.scenario]]\nseed = 18446744073709551616\n",
    "two of one id": CHECK + CHECK, "another step": CHECK.replace('"a"', '"b"'),
}


@pytest.fixture
def lab_folder(tmp_path):
    folder = tmp_path / "labs" / "l"
    folder.mkdir(parents=True)
    (folder / "lab.toml").write_text(LAB + STEP)
    (folder / "checks.toml").write_text(CHECK)
    return folder


@pytest.mark.parametrize("name", BROKEN_CHECKS)
def test_broken_checks_are_one_line(lab_folder, tmp_path, name):
    Lab("l", str(tmp_path))
    (lab_folder / "checks.toml").write_bytes(BROKEN_CHECKS[name].encode("latin-1"))
    refused(Lab, "l", str(tmp_path))


@pytest.mark.parametrize("name", ["a NUL", "no UTF-8", "deep", "a step that is a number", "a file outside",
                                  "files that are numbers", "steps that are a number"])
def test_the_grader_refuses_a_broken_lab_too(lab_folder, tmp_path, name):
    (lab_folder / "lab.toml").write_bytes(BROKEN_LAB[name].encode("latin-1"))
    refused(Lab, "l", str(tmp_path))


@pytest.mark.parametrize("text", ["def p(:", "import nothing_of_this_name", "1 / 0", "\0", "raise SystemError('x')"],
                         ids=short)
def test_properties_that_are_no_python_are_one_line(lab_folder, tmp_path, text):
    (lab_folder / "checks.py").write_text(text)
    assert "checks.py" in refused(Lab("l", str(tmp_path)).properties)


@pytest.mark.parametrize("text", [*(data.decode("latin-1") for data in BYTES.values()), "[]", "1", "null", '{"lab": 1}',
                                  '{"lab": ["vm"]}', '{"step": 1}'], ids=short)
def test_a_lab_json_that_says_nothing_is_one_line_or_that_of_no_lab(tmp_path, text):
    (tmp_path / "lab.json").write_text(text, encoding="latin-1")
    assert "lab.json" in refused(build.hand_out_lab, str(tmp_path))
    (tmp_path / "a.cc").write_text("")
    try:
        assert problem_of(build.check_lab, Lab("vm"), str(tmp_path), text.encode("latin-1")) == ""
    except build.Refused as refusal:
        assert '"lab": ' in text and "is for lab" in refusal.sentence


@pytest.mark.parametrize("name", BYTES)
def test_a_file_of_cplusplus_may_hold_anything(tmp_path, name):
    (tmp_path / "x.cc").write_bytes(BYTES[name])
    problem_of(functions.find_functions, tmp_path / "x.cc")
    problem_of(functions.read_bodies, tmp_path / "x.cc")


### A class: results that are read again, and orders

GOOD = {"kinglet_grade": 1, "lab": "l", "submission": "s", "state": "finished", "message": "", "points": 1,
        "possible": 2, "extra_points": 0, "seconds": 1.0, "digest": "d",
        "checks": [{"id": "c", "step": "a", "title": "t", "points": 2, "earned": 1, "status": "failed", "wrong": None,
                    "visibility": "visible"}]}
BROKEN_RESULTS = [*BYTES.values(), b"[]", b"1", b"{}", b'{"digest": "d", "state": "finished"}',
                  *(json.dumps({**GOOD, key: value}).encode() for key, value in [
                      ("checks", 1), ("checks", [1]), ("checks", [{}]), ("points", "many"), ("message", None),
                      ("state", ["finished"]), ("checks", [{**GOOD["checks"][0], "wrong": 5}])])]


@pytest.mark.parametrize("data", BROKEN_RESULTS, ids=range(len(BROKEN_RESULTS)))
def test_a_broken_result_is_as_none(tmp_path, data, capsys):
    """It is graded again, and what comes back broken from a grader is a grading that failed."""
    whole = classes.Class("l", [], str(tmp_path), str(tmp_path / "out"))
    entry = classes.Entry("s", "s", "s", {}, "d")
    place = tmp_path / "out/results/s.json"
    place.write_text(json.dumps(GOOD))
    assert whole.recall(entry) and formats.is_report(GOOD)
    place.write_bytes(data)
    assert not whole.recall(entry)
    whole.keep(entry, classes.class_job.load(place), "", "")
    assert entry.report["state"] == "failed" and "left no result" in capsys.readouterr().out


def test_an_order_for_a_place_outside_is_refused(tmp_path):
    (tmp_path / "in").mkdir()
    for path in ("../x", "/tmp/x-of-kinglet", "a/../../x"):
        assert "outside" in refused(submission.write, {path: b""}, tmp_path / "in")
    assert os.listdir(tmp_path) == ["in"]


### Submissions

def archive(suffix):
    """A good submission, packed."""
    out, files = io.BytesIO(), {"k/a.cc": b"int a;\n" * 50, "lab.json": b'{"lab": "l"}'}
    if suffix == "zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, data in files.items():
                packed.writestr(name, data)
    else:
        with tarfile.open(fileobj=out, mode=f"w:{suffix.rpartition('.')[2].replace('tar', '')}") as packed:
            for name, data in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                packed.addfile(member, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize("suffix", ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz"])
def test_any_change_of_an_archive_is_a_sentence_or_none(tmp_path, suffix):
    path, good, chance = tmp_path / f"s.{suffix}", archive(suffix), random.Random(7)
    for _ in range(120):
        data = bytearray(good)
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(len(data))] = chance.choice((0, 0xFF, chance.randrange(256)))
        path.write_bytes(data[:chance.choice((len(data), chance.randrange(len(data) + 1)))])
        problem_of(submission.collect, path, ["k/a.cc"])


@pytest.mark.parametrize("name", ["../k/a.cc", "/k/a.cc", "k/../../k/a.cc", "k\\..\\a.cc", "k/a.cc\0"], ids=short)
def test_a_member_with_a_path_out_of_the_archive_is_not_taken_elsewhere(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as packed:
        packed.writestr(zipfile.ZipInfo(name), b"x")
    found = {}
    problem_of(lambda: found.update(submission.collect(tmp_path / "s.zip", ["k/a.cc"])))
    assert set(found) <= {"k/a.cc"}


def test_what_a_submission_says_gives_no_commands_to_a_terminal():
    text = "\x1b]0;own\x07 \x9b2J \r\x08" + "y" * 10_000
    for shown in vars(Report(text, text, [text], text, text)).values():
        for line in shown if isinstance(shown, list) else [shown]:
            assert line.isprintable() and len(line) < 1000
