"""Any checkout, on any disk: odd names, Windows line ends, a build that is killed, wrong settings; any program."""
import os
import shutil
import signal
import subprocess

import labs
import pytest
from conftest import EVERYTHING, ROOT, clean_environment, script, steps

ODD_PROGRAMS = {
    "newcomer.c": '''
#include "u-lib.h"
void process_main(void) { sys_log("hello from C"); }
''',
    "large.cc": '''
#include "u-lib.hh"
extern char end[];
static volatile char large[100 << 20];
void process_main() {
    large[99 << 20] = 61;
    log_printf("%d at most %p", large[99 << 20], end);
}
''',
    "divide.cc": "unsigned __int128 a, b; void process_main() { a = a / b; }",
    "thread.cc": "thread_local int counter; void process_main() { counter++; }",
}


def test_what_a_program_may_be(tree):
    """In C; a folder is none; with another idea of `end`; larger than the weensy machine."""
    folder, make = tree
    for name in ("newcomer.c", "large.cc"):
        (folder / "user" / f"p-{name}").write_text(ODD_PROGRAMS[name])
    (folder / "user" / "p-folder.cc").mkdir()
    assert "obj/user/p-newcomer.c.o" in steps(make(), "CC")
    make("run-headless-newcomer")
    assert "log pid=1: hello from C" in (folder / "log.txt").read_text()
    make("run-headless-large", fails=True)
    needs = 'warning cannot start "large" as process 1: it needs MEMORY=256M\n'
    assert needs in (folder / "log.txt").read_text()
    make("run-headless-large", "MEMORY=256M")
    assert "log pid=1: 61 at most 0x6" in (folder / "log.txt").read_text()


def test_what_a_program_may_not_be_is_told_in_a_line(tree):
    folder, make = tree

    def refusal(name, *settings):
        program = folder / "user" / f"p-{name}"
        program.write_text(ODD_PROGRAMS.get(name, ""))
        error = make(f"obj/user/{program.stem}.elf", *settings, fails=True)
        program.unlink()
        return error
    assert "thread_local: a program has one thread only; write static instead" in refusal("thread.cc")
    missing = "Kinglet: if a name above begins with __: the compiler's own library"
    assert missing in refusal("divide.cc", "helpers=")
    assert missing not in refusal("divide.cc", "helpers=nothing")
    (folder / "user" / "p-fork.c").touch()
    assert "user/p-fork.c user/p-fork.cc would be one program: rename one of them" in make(fails=True)
    (folder / "user" / "p-fork.c").rename(folder / "tests" / "programs" / "p-fork.c")
    assert "tests/programs/p-fork.c user/p-fork.cc would be one program: rename one of them" in make(fails=True)


def test_a_build_that_is_killed_leaves_no_half_of_a_file(tmp_path):
    """The linker writes a few bytes, then everybody is killed."""
    script(tmp_path / "bin" / "ld", f'''
        test "$1" != -V || exec {shutil.which("ld")} -V
        while [ "$1" != -o ]; do shift; done
        echo half > "$2"
        kill -KILL 0''')
    make = ["make", "-C", str(ROOT), f"OBJ={tmp_path}/obj", f"{tmp_path}/obj/stage1.bin"]
    path = f"{tmp_path}/bin:{os.environ['PATH']}"
    result = subprocess.run(make, env=clean_environment(PATH=path), start_new_session=True, check=False)
    assert result.returncode == -signal.SIGKILL and list(tmp_path.glob("obj/stage1.elf*"))
    result = subprocess.run(make, env=clean_environment(), capture_output=True, check=False)
    assert result.returncode == 0 and len((tmp_path / "obj/stage1.bin").read_bytes()) == 512


def test_a_full_disk_is_told(make, tmp_path):
    script(tmp_path / "bin" / "df", 'echo "disk 9000 9000 0 100% /"')
    result = make(f"OBJ={tmp_path}/obj", "TARGET_OBJCOPY=false", f"{tmp_path}/obj/stage1.bin",
                  PATH=f"{tmp_path}/bin:{os.environ['PATH']}")
    assert result.returncode != 0
    assert f"Kinglet: the disk of {tmp_path}/obj is full: make room there, or build elsewhere" in result.stderr


@pytest.mark.parametrize("settings, told", [
    (["TOOLPREFIX=nope-"], "TOOLPREFIX=nope-: there is no nope-g++"),
    (["CC=clang", "TOOLPREFIX=nope-"], "TOOLPREFIX=nope-: there is no nope-ld"),
    (["CC=nope"], "CC=nope: there is no nope"),
    (["CC=clang++-nope"], "CC=clang++-nope: there is no clang++-nope"),
], ids=str)
def test_a_setting_that_names_no_tool_is_told(make, tmp_path, settings, told):
    result = make(f"OBJ={tmp_path}", "-j1", *settings, f"{tmp_path}/stage1.elf")
    assert result.returncode != 0
    assert result.stderr.startswith(f"Kinglet: {told}; give another or leave it out\n")


@pytest.mark.parametrize("given, used", [
    ("clang++", ("clang", "clang++")), ("/opt/clang-9/bin/clang-14", ("/opt/clang-9/bin/clang-14",
                                                                     "/opt/clang-9/bin/clang++-14")),
    ("g++-12", ("gcc-12", "g++-12")), ("ccache gcc", ("ccache gcc", "ccache g++")),
])
def test_the_compiler_may_be_named_for_c_or_for_cplusplus(make, given, used):
    result = make(f"CC={given}", "--eval=names: ; @echo '$(TARGET_CC);$(TARGET_CXX)'", "names")
    assert tuple(name.split(" --target")[0] for name in result.stdout.strip().split(";")) == used


# Of the C++ sources, those that are compiled anew with Windows line ends, and with them the headers;
# all of them with `make check-long`.
COMPILED = ("kernel.cc", "audit.cc", "format.cc", "p-hello.cc")


def windows_lines(folder):
    """Gives every text in it Windows line ends, and takes the right to run it away."""
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".png" and "obj" not in path.relative_to(folder).parts:
            before = path.stat()
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
            path.chmod(0o644)
            if path.suffix in (".cc", ".hh", ".h") and path.name not in COMPILED and not EVERYTHING:
                os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_any_checkout_builds_and_runs(tree, tmp_path):
    """With Windows line ends, without the right to run scripts, in folders with odd names."""
    odd = tmp_path / "a b'\"ü:#%" / "tree"
    odd.parent.mkdir()
    folder, make = tree
    windows_lines(folder)
    folder.rename(odd)
    elsewhere = tmp_path / "o b'\"ü:#%"
    (odd / "obj").rename(elsewhere)

    def run(*arguments, fails=False):
        environment = clean_environment(OBJ=str(elsewhere))
        result = subprocess.run(["make", "-C", odd, "--no-print-directory", *arguments], env=environment, text=True,
                                timeout=300, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        assert (result.returncode != 0) == fails, result.stdout + result.stderr
        return result
    first = run()
    assert first.stderr == "" and (elsewhere / "kinglet.img").is_file()
    compiled = {name.rsplit("/", 1)[-1] for name in steps(first.stdout, "CXX")}
    assert compiled >= {f"{name}.o" for name in COMPILED}
    assert run().stdout == ""
    outcome = run("run-headless-hello")
    assert "Hello from process 1." in outcome.stdout and "warning" not in outcome.stderr
    for name in ("p-a b.cc", "p-ü.c"):
        (odd / "user" / name).touch()
        assert f"user/{name}: a program's name has letters and digits" in run(fails=True).stderr
        (odd / "user" / name).unlink()
    setup = subprocess.run(["sh", odd / "build/setup", "--nothing"], text=True, capture_output=True, check=False)
    assert (setup.returncode, setup.stderr[:18]) == (2, "usage: build/setup")
    run("clean")
    assert not elsewhere.exists() and list((odd / "obj").glob("at-*")) == []    # nor the link to it


def test_git_gives_every_text_unix_line_ends_in_hand_outs_too(tmp_path):
    shutil.copy(ROOT / ".gitattributes", tmp_path)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    answer = subprocess.run(["git", "-C", tmp_path, "check-attr", "-a", "--", "build/setup", "a.png"], text=True,
                            capture_output=True, check=True).stdout.splitlines()
    assert {"build/setup: text: auto", "build/setup: eol: lf", "a.png: text: unset"} <= set(answer)
    assert ".gitattributes" in labs.source_files(ROOT)
