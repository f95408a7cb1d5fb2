"""Building: make, its variables, build/setup and build/setup --doctor."""
import os
import re
import shutil
import subprocess

import pytest
from conftest import EVERYTHING, FOLDERS, ROOT, clean_environment, script, steps, what_clang_says

# Programs of which test_programs.py tells more, and what stops their processes, how often
STOPPED = {"test-null": ("null pointer access", 11), "test-frames": ("stack overflow", 7)}


def check_programs(machine, image):
    """Null pointers are followed, frames touch all their pages, the language has its own needs."""
    for program, (fault, times) in {**STOPPED, "test-language": ("fault", 0)}.items():
        started = machine(f"{program} view=off stop=1000", image=image)
        started.run(20)
        log = started.log()
        assert "log pid=1: ok\n" in log and "not ok" not in log
        assert len(re.findall(f"^fault .*{fault}", log, re.MULTILINE)) == times


def sources(*patterns):
    return [path.relative_to(ROOT).as_posix() for pattern in patterns for path in sorted(ROOT.glob(pattern))]


KERNEL_SOURCES = sources("boot/*.cc", "lib/*.cc", "kernel/*.cc", "kernel/*/*.cc")
PROGRAM_SOURCES = sources("user/*.cc", "tests/programs/*.cc")
BUILDS = [["CC=gcc"], ["CC=gcc", "D=1"], ["CC=clang"], ["CC=clang", "D=1"]]


def check_output(result):
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert "warning" not in result.stdout


@pytest.mark.parametrize("settings", BUILDS if EVERYTHING else BUILDS[:1], ids=" ".join)
def test_both_compilers_compile_without_a_warning(make, tmp_path, settings):
    """`make check-long` builds a whole image each time. test_gdb.py sees what g++ says with D=1."""
    targets = ["kinglet-test.img"] if EVERYTHING else [f"{name}.o" for name in KERNEL_SOURCES + PROGRAM_SOURCES]
    check_output(make(f"OBJ={tmp_path}/obj", *settings, *(f"{tmp_path}/obj/{name}" for name in targets)))


def test_clang_warns_of_nothing():
    """What only its optimizer could warn of, `make check-long` finds."""
    assert what_clang_says(ROOT, KERNEL_SOURCES + PROGRAM_SOURCES) == ""


def test_what_clang_says_of_the_last_source_is_told(tmp_path):
    """One process reads all sources: so this must hold."""
    shutil.copytree(ROOT / "build", tmp_path / "build")
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in "first", "last":
        (tmp_path / f"{name}.cc").write_text("int f(int a) { int b; return a; }\n" if name == "last" else "int f;\n")
    assert "last.cc:1:20: warning: unused variable 'b'" in what_clang_says(tmp_path, ["first.cc", "last.cc"])


@pytest.mark.skipif(not EVERYTHING, reason="takes long: make check-long")
def test_what_clang_makes_runs(make, machine, tmp_path):
    check_output(make(f"OBJ={tmp_path}/obj", "CC=clang", f"{tmp_path}/obj/kinglet-test.img"))
    check_programs(machine, f"{tmp_path}/obj/kinglet-test.img")


FRAME = "void use(char*); void frame() { char array[20000]; use(array); }"


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_a_large_frame_of_the_kernels_touches_each_page(tree, compiler):
    folder, make = tree
    (folder / "kernel" / "memory" / "frame.cc").write_text(FRAME)
    make(f"CC={compiler}", "obj/kernel/memory/frame.cc.o")
    code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", folder / "obj/kernel/memory/frame.cc.o"], text=True,
                          capture_output=True, check=True).stdout
    steps_down = re.findall(r"sub +\$0x(\w+),%rsp", code)
    assert steps_down and all(int(step, 16) <= 4096 for step in steps_down)
    assert re.search(r"(or|mov|xor)[bq] +\$0x0,\(%rsp\)", code)


def test_a_build_is_made_once_and_again_when_something_changes(tree):
    folder, make = tree
    assert "obj/kinglet.img" in steps(make(), "IMAGE")
    assert make() == ""
    header = folder / "kernel" / "memory" / "protection.hh"      # one that few include
    header.write_text(header.read_text() + "\n")
    assert sorted(steps(make(), "CXX")) == ["obj/kernel/memory/protection.cc.o", "obj/kernel/syscall.cc.o"]
    assert "obj/lib/string.cc.o" in steps(make("D=1", "obj/lib.a"), "CXX")
    assert make("D=1", "obj/lib.a") == ""
    (folder / "config.mk").write_text("D = 1\n")
    assert make("obj/lib.a") == ""


def test_nothing_is_made_twice_with_sanitizers_or_without(make):
    """Their lists of flags are read one after the other."""
    folder = os.environ.get("OBJ") or "obj"
    images = [f"{folder}/san/planted.img", f"{folder}/kinglet.img"]
    assert make(*images).returncode == 0
    assert [make(*each).stdout for each in (images, images[:1], images[1:])] == [""] * 3


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_second_stage_has_room_even_without_optimization(make, tmp_path, compiler):
    result = make(f"OBJ={tmp_path}", f"CC={compiler}", "OPT=-O0", f"{tmp_path}/stage2.bin")
    assert result.returncode == 0, result.stderr


def symbols(path):
    names = subprocess.run(["nm", "-C", path], capture_output=True, text=True, check=True).stdout
    return {line.split(maxsplit=2)[2].split("(")[0] for line in names.splitlines() if len(line.split()) > 2}


def test_the_kernel_has_the_rooms_that_are_asked_for(tree):
    """`zeros` is the page of the room zero_page. Each file is compiled once."""
    folder, make = tree
    image, kernel = folder / "obj" / "kinglet.img", folder / "obj" / "kernel.elf"
    assert "obj/kernel/memory/cow_none.cc.o" not in steps(make(), "CXX")
    assert "zeros" in symbols(kernel)
    whole = image.read_bytes()
    output = make("ROOMS=cow shared_tables")
    rooms = "memory/mapping", "memory/owed", "memory/promises", "page/zero_page", "process/files"
    plain = [f"obj/kernel/{room}_none.cc.o" for room in rooms]
    assert sorted(steps(output, "CXX")) == plain
    assert "obj/kinglet.img" in steps(output, "IMAGE") and not any("user" in name for name in steps(output, "LD"))
    assert "zeros" not in symbols(kernel) and image.read_bytes() != whole
    assert make("ROOMS=shared_tables  cow") == ""
    make("ROOMS=")
    output = make()
    assert steps(output, "CXX") == [] and image.read_bytes() == whole


def test_a_room_that_there_is_not_is_told_in_one_line(make):
    result = make("ROOMS=cow attic")
    assert result.returncode != 0 and result.stdout == ""
    rooms = "cow mapping owed promises shared_tables zero_page files"
    assert re.fullmatch(rf".*ROOMS: no room is called attic; there are: {rooms}\b.*\n", result.stderr)


@pytest.mark.parametrize("compiler", ["gcc", "clang"] if EVERYTHING else ["gcc"])
def test_every_kalloc_of_failing_img_may_fail(make, tmp_path, compiler):
    """What calls `kalloc` in the kernel calls tests/failing_kalloc.cc in failing.img, which alone calls `kalloc`."""
    kernels = [f"{tmp_path}/{name}.elf" for name in ("kernel-unnamed", "failing-unnamed")]
    assert make(f"OBJ={tmp_path}", f"CC={compiler}", *kernels).returncode == 0
    counts = []
    for path in kernels:
        code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], capture_output=True, text=True,
                              check=True).stdout
        counts.append([len(re.findall(rf"\b(?:call|jmp) +[0-9a-f]+ <{name}>", code))
                       for name in ("_Z6kallocmi", "__wrap__Z6kallocmi")])
    assert counts[0][0] > 3 and counts == [[counts[0][0], 0], [1, counts[0][0]]]


def test_adding_a_program_is_adding_one_file(tree, monkeypatch):
    """And running it leaves outputs only where they belong."""
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    folder, make = tree
    make()
    program = folder / "user" / "p-newcomer.cc"
    program.write_text('#include "u-lib.hh"\nvoid process_main() { sys_log("hello from a new program"); }\n')
    assert steps(make(), "CXX") == ["obj/user/p-newcomer.cc.o"]
    make("run-headless-newcomer")
    assert "log pid=1: hello from a new program" in (folder / "log.txt").read_text()
    assert {path.name for path in folder.iterdir()} == {*FOLDERS, "Makefile", "log.txt", "obj"}
    assert not list(folder.rglob("__pycache__")) and (folder / "obj" / "python").is_dir()
    program.unlink()
    assert "obj/kinglet.img" in steps(make(), "IMAGE")


def test_the_kernel_image_never_has_writable_code(kernel_elf, test_kernel_elf):
    for path in (kernel_elf, test_kernel_elf):
        headers = subprocess.run(["readelf", "-lW", path], capture_output=True, text=True, check=True).stdout
        flags = re.findall(r"^  LOAD .* 0x\w+ ([R ][W ][E ]) 0x", headers, re.MULTILINE)
        assert flags == ["R E", "R  ", "RW ", "R  "]


@pytest.mark.parametrize("target", ["help", "help-labs"])
def test_help_fits_one_screen(make, target):
    lines = make(target).stdout.splitlines()
    assert len(lines) <= 23
    assert max(map(len, lines)) <= 80


def test_help_names_every_target_and_variable(make):
    text = "".join(make(page).stdout for page in ("help", "help-labs", "help-checks"))
    for target in ("run run-graphic run-console run-headless run-gdb run-fork screenshot check bench doctor help-labs "
                   "lines compdb clean demo handout grade replay autograder pictures mutants check-container").split():
        assert re.search(rf"make {target}(\s|,|$)", text, re.MULTILINE), target
    for variable in "BOOT MEMORY DISK TIME OUT LOG KVM GDBPORT GDB ICOUNT CC TOOLPREFIX D V ROOMS QEMU OBJ".split():
        assert re.search(rf"\b{variable}=", text), variable


def test_doctor_finds_nothing_missing_here(make, tmp_path):
    """KVM is tried with an image, and test_boot.py does that: here is none."""
    result = make("doctor", f"OBJ={tmp_path}")
    assert result.returncode == 0, result.stdout
    for tool in ("make", "g++", "ld", "clang++", "QEMU", "gdb", "Python", "pytest", "GoogleTest", "KVM"):
        assert re.search(rf"^  {re.escape(tool)} +\S", result.stdout, re.MULTILINE), tool
    assert "missing" not in result.stdout and "too old" not in result.stdout


def test_doctor_works_where_everything_is_missing(tmp_path):
    for tool in "dirname find grep head sed sh sort uname".split():
        (tmp_path / tool).symlink_to(shutil.which(tool))
    result = subprocess.run([shutil.which("make"), "-C", str(ROOT), "doctor", "PYTHON=python3"], text=True,
                            env={"PATH": str(tmp_path)}, capture_output=True, check=False)
    assert result.returncode != 0
    assert result.stdout.count(" missing: ") == 17


def test_doctor_has_a_sentence_for_what_is_missing(make):
    result = make("doctor", "QEMU=nowhere")
    assert result.returncode != 0
    assert re.search(r"^  QEMU +missing: run build/setup", result.stdout, re.MULTILINE)


def setup(*words, environment=None):
    """`build/setup` with these words."""
    return subprocess.run(["/bin/sh", ROOT / "build/setup", *words], env=environment or clean_environment(), text=True,
                          capture_output=True, check=False)


@pytest.mark.parametrize("words", [(), ("check",)])
def test_setup_does_nothing_when_nothing_is_missing(words):
    result = setup(*words)
    assert (result.returncode, result.stdout) == (0, "setup: nothing is missing\n")


def test_setup_says_how_it_is_used():
    result = setup("everything")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "usage: build/setup, build/setup check, or build/setup --doctor\n"


class EmptyMachine:
    """A machine with nothing but a shell, its usual helpers, and a package manager that says `answer`, but installs
    nothing."""

    def __init__(self, folder, manager, processor="x86_64", answer=""):
        self.folder = folder
        for tool in "dirname env grep head id paste sed sh sort tr".split():
            (folder / tool).symlink_to(shutil.which(tool))
        system = "Darwin" if manager == "brew" else "Linux"
        script(folder / "uname", f'[ "$1" = -m ] && echo {processor} || echo {system}')
        script(folder / manager, f'echo "$@" >> {folder}/asked; echo "{answer}"')
        script(folder / "sudo", 'exec "$@"')

    def setup(self, *words):
        return setup(*words, environment={"PATH": str(self.folder), "PYTHON": "python3"})

    def asked(self):
        return (self.folder / "asked").read_text().splitlines()


@pytest.mark.parametrize("manager, to_run, to_check", [
    ("apt-get", "binutils g++ make python3 qemu-system-x86",
     "bubblewrap ccache clang gdb git libgtest-dev parallel python3-pyelftools python3-pytest python3-pytest-xdist tmux "
     "universal-ctags"),
    ("dnf", "binutils gcc-c++ make python3 qemu-system-x86-core qemu-ui-curses",
     "bubblewrap ccache clang ctags gdb git gtest-devel libasan libubsan parallel python3-pyelftools python3-pytest "
     "python3-pytest-xdist tmux"),
    ("pacman", "binutils gcc make python qemu-system-x86 qemu-ui-curses",
     "bubblewrap ccache clang ctags gdb git gtest parallel python-pyelftools python-pytest python-pytest-xdist tmux"),
    ("brew", "make python qemu x86_64-elf-binutils x86_64-elf-gcc",
     "ccache gdb git googletest llvm parallel pytest tmux universal-ctags"),
    ("apt-get, aarch64", "binutils-x86-64-linux-gnu g++-x86-64-linux-gnu make python3 qemu-system-x86",
     "bubblewrap ccache clang g++ gdb-multiarch git libgtest-dev parallel python3-pyelftools python3-pytest "
     "python3-pytest-xdist tmux universal-ctags"),
])
def test_setup_asks_the_package_manager_for_what_is_missing(tmp_path, manager, to_run, to_check):
    machine = EmptyMachine(tmp_path, *manager.split(", "))
    for words, packages in ((), to_run.split()), (("check",), to_run.split() + to_check.split()):
        result = machine.setup(*words)
        assert result.returncode == 1 and "still missing: a C++ compiler, a linker" in result.stderr
        found = machine.asked()[-1].split()
        assert found[-len(packages):] == sorted(packages) and found[-len(packages) - 1] in {
            "install", "-y", "--no-install-recommends", "--setopt=install_weak_deps=False", "--noconfirm"}


@pytest.mark.parametrize("manager, answer, said", [
    ("apt-get", "Need to get 134 MB of archives.", "134 MB to be fetched: about 2 min with 20 Mbit/s"),
    ("apt-get", "Need to get 1,028 kB/1.2 MB of archives.", "1,028 kB to be fetched: about 1 min"),
    ("dnf", "Total download size: 1.1 G", "1.1 GB to be fetched: about 11 min"),
    ("dnf", " Need to download 94 MiB.", "94 MiB to be fetched: about 1 min"),
    ("pacman", "250000000", "250 MB to be fetched: about 3 min"),
    ("brew", "", "about 150 MB are fetched to run, 350 MB more to check: some minutes"),
])
def test_setup_says_how_much_is_fetched_before_it_installs(tmp_path, manager, answer, said):
    output = EmptyMachine(tmp_path, manager, answer=answer).setup().stdout
    assert f"setup: {said}" in output
    assert output.index(said) < output.rindex(" install " if manager != "pacman" else " -S ")


def test_setup_says_that_the_package_manager_failed(tmp_path):
    machine = EmptyMachine(tmp_path, "apt-get")
    script(tmp_path / "apt-get", "echo the network is down >&2; exit 100")
    result = machine.setup()
    assert result.returncode == 1
    assert result.stderr == "the network is down\nsetup: that failed, for the reason above\n"


def test_setup_names_what_a_target_lacks(tmp_path):
    assert setup("--needs", "make check", "pytest", "GoogleTest").returncode == 0
    result = EmptyMachine(tmp_path, "apt-get").setup("--needs", "make check", "pytest", "GoogleTest")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "Kinglet: make check needs what is not here, pytest, GoogleTest: run build/setup check\n"


def test_compdb_names_every_source(make, tmp_path):
    result = make("compdb", f"OBJ={tmp_path}")
    assert result.returncode == 0
    text = (tmp_path / "compile_commands.json").read_text()
    for source in ("kernel/kernel.cc", "boot/loader.cc", "lib/elf.cc", "user/p-fork.cc"):
        assert f'"file": "{source}"' in text


def test_a_whole_system_among_the_outputs_is_no_part_of_the_build(make, tmp_path):
    """make check-fresh leaves one there."""
    system = tmp_path / "clean" / "system" / "etc"
    (system / "rc2.d").mkdir(parents=True)
    (system / "notes.d").write_text("this is no rule\n")
    result = make("help", f"OBJ={tmp_path}")
    assert (result.returncode, result.stderr) == (0, "")


def test_a_missing_compiler_is_told_in_one_line(tmp_path):
    for tool in "sh find mkdir cmp rm cat xargs".split():
        (tmp_path / tool).symlink_to(shutil.which(tool))
    make = [shutil.which("make"), "-C", str(ROOT), f"OBJ={tmp_path}/obj", f"{tmp_path}/obj/lib.a"]
    environment = {"PATH": str(tmp_path)}
    result = subprocess.run(make, env=environment, text=True, capture_output=True, check=False)
    assert result.returncode != 0
    assert re.fullmatch(r".*no linker here makes x86-64 ELF files: run build/setup, or give TOOLPREFIX=.*\n",
                        result.stderr)
    (tmp_path / "ld").symlink_to(shutil.which("ld"))
    result = subprocess.run([*make, "-j1"], env=environment, text=True, capture_output=True, check=False)
    assert result.returncode != 0
    assert result.stderr.startswith("Kinglet: g++ is not installed: run build/setup\n")


def test_a_cross_compiler_is_found_where_this_machines_own_makes_nothing_for_x86_64(tmp_path):
    """As on arm64: tools without a prefix are absent, but for the assembler, which this machine's compiler starts."""
    prefix = "x86_64-linux-gnu-"
    own = os.pathsep.join(each for each in os.environ["PATH"].split(os.pathsep) if "ccache" not in each)
    for tool in "as ar cat cmp cp env find grep head mkdir mv nproc rm sed sh sort touch tr uname xargs".split():
        if shutil.which(tool, path=own):
            (tmp_path / tool).symlink_to(shutil.which(tool, path=own))
    for tool in "gcc g++ ld ar objcopy".split():
        if not shutil.which(prefix + tool, path=own):
            pytest.skip(f"{prefix}{tool} is not installed")
        (tmp_path / (prefix + tool)).symlink_to(shutil.which(prefix + tool, path=own))
    make = [shutil.which("make"), "-C", str(ROOT), f"OBJ={tmp_path}/obj", f"{tmp_path}/obj/stage2.bin"]
    result = subprocess.run(make, env={"PATH": str(tmp_path)}, text=True, capture_output=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
