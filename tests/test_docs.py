"""The documents say what is true of the sources."""
import glob
import os
import re
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def text(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def core_files():
    table = text("docs/tour.md").split("## Read these first")[1].split("## ")[0]
    return re.findall(r"`((?:boot|kernel|lib)/[\w./-]+)`", table)


def test_the_core_path_is_as_long_as_the_tour_says():
    lines = sum(text(path).count("\n") for path in core_files())
    claimed = int(re.search(r"The core path: ([\d,]+) lines", text("docs/tour.md")).group(1).replace(",", ""))
    assert abs(lines - claimed) <= 50, f"the tour says {claimed}, the files have {lines}"


def test_each_part_of_the_core_path_is_as_long_as_the_tour_says():
    table = text("docs/tour.md").split("## Read these first")[1].split("## ")[0]
    rows = re.findall(r"^\| (`.*`) \| (\d+) \|", table, re.MULTILINE)
    assert {name for names, _ in rows for name in re.findall(r"`(.*?)`", names)} == set(core_files())
    for names, claimed in rows:
        lines = sum(text(path).count("\n") for path in re.findall(r"`(.*?)`", names))
        assert abs(lines - int(claimed)) <= 20, f"the tour says {claimed}, {names} have {lines}"


@pytest.mark.parametrize("document", ["README.md", "docs/tour.md", "docs/log.md", "docs/security.md",
                                      "docs/CONTRIBUTING.md", "docs/CHANGELOG.md"])
def test_every_file_that_is_named_exists(document):
    named = re.findall(r"`((?:boot|kernel|lib|user|build|docs|tests)/[\w./-]*\w)`", text(document))
    named += [os.path.join(os.path.dirname(document), link) for link in re.findall(r"\]\(([\w./-]+)\)", text(document))]
    missing = [name for name in named if not os.path.exists(os.path.join(ROOT, name)) and "NAME" not in name]
    assert set(missing) <= {"user/p-mine.cc"}


def test_every_function_that_the_tour_names_exists():
    sources = "".join(text(path) for pattern in ("boot/*", "kernel/*.*", "kernel/*/*", "lib/*", "user/u-lib.*",
                                                        "user/u-file.hh", "user/u-mman.hh")
                      for path in glob.glob(pattern, root_dir=ROOT))
    names = {name.split("::")[-1] for name in re.findall(r"`~?([a-z]\w*(?:::\w+)?)`", text("docs/tour.md"))}
    assert {name for name in names if not re.search(rf"\b{name}\b", sources)} <= {"syscall", "end", "device", "test"}


def test_each_test_and_function_that_keeps_or_shows_a_promise_exists():
    tests = "".join(text(path) for path in glob.glob("tests/*.py", root_dir=ROOT))
    sources = "".join(text(path) for path in glob.glob("kernel/**/*.*", recursive=True, root_dir=ROOT))
    named = set(re.findall(r"`~?([\w.-]+)`", text("docs/security.md"))) - {"fork=copy", "make check"}
    programs = {name for name in named if name.startswith("p-")}
    functions = {name for name in named - programs if not name.endswith((".cc", ".py"))}
    assert programs <= {os.path.basename(path)[:-3] for folder in ("user", "tests/programs")
                        for path in glob.glob(f"{ROOT}/{folder}/p-*.cc")}
    assert {name for name in functions if not re.search(rf"\b{name}\b", sources + tests + "sys_mprotect sys_memory")
            } <= {"fork"}
    assert len(programs) > 30 and len(functions) > 20


def test_the_kinds_of_log_lines_are_those_that_the_kernel_writes():
    sources = "".join(text(path) for path in glob.glob("kernel/**/*.cc", recursive=True, root_dir=ROOT))
    written = set(re.findall(r'log_printf\("(\w+)', sources)) | set(re.findall(r'say\(p, "(\w+)"', sources))
    described = set(re.findall(r"^\| `(\w+)` \|", text("docs/log.md").split("## Boot words")[0], re.MULTILINE))
    assert described == written


def test_the_boot_words_are_those_that_the_kernel_knows():
    known = set(re.findall(r'key_is\("(\w+)"\)', text("kernel/device/boot_words.cc")))
    described = set(re.findall(r"^\| `(\w+)=", text("docs/log.md"), re.MULTILINE))
    assert described == known


def test_every_variable_in_the_readme_is_one_that_make_help_lists():
    table = re.findall(r"^\| (`[A-Z]+=.*?) \|", text("README.md"), re.MULTILINE)
    named = {name for cell in table for name in re.findall(r"`([A-Z]+)=", cell)}
    assert "TIME" in named and named <= set(re.findall(r"\b([A-Z]+)=", text("build/help.txt")))


def test_every_make_target_in_the_readme_exists():
    targets = set(re.findall(r"(?:^    .*?|`)make ([\w-]+)", text("README.md"), re.MULTILINE)) - {"run-mine"}
    assert {"run", "check", "bench", "grade"} <= targets
    subprocess.run(["make", "-n", *targets], cwd=ROOT, check=True, capture_output=True)


def test_the_newest_entry_of_the_changelog_is_the_version_that_make_tells():
    told = subprocess.run(["make", "-s", "version"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    newest = re.search(r"^## (.*?)(?:,|$)", text("docs/CHANGELOG.md"), re.MULTILINE)[1]
    assert told == f"Kinglet {newest}\n"


def test_every_text_file_is_as_editorconfig_says():
    """Lines end with a newline, and no blanks before it; tabs are only in makefiles."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    wrong = []
    for name in names.split("\0"):
        if not os.path.isfile(os.path.join(ROOT, name)) or name.endswith((".png", ".gz")):
            continue
        content = text(name)
        tabs = not name.endswith(("Makefile", ".mk"))
        wrong += [name] if re.search(r"[ \t\r]$" + (r"|\t" if tabs else ""), content, re.MULTILINE) else []
        wrong += [name] if content and not content.endswith("\n") else []
    assert wrong == []
