"""The grader earns its trust: a submission gets points only for what its kernel does, and a reason for what it lacks.

Graded here is a small lab made for these tests: the finished kernel, of which a student may change kernel/syscall.cc.
Its first check sees pages grow, its second that the kernel is out of reach, which all submissions here keep right.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest
from conftest import QEMU, ROOT, clean_environment

from grading import build, result, sandbox
from grading.built import Built
from grading.lab import Lab
from grading.run import Wrong, one_run

LAB = """
title = "Toy"
files = ["kernel/syscall.cc"]
[[step]]
name = "grow"
[[step]]
name = "rest"
"""
CHECKS = """
[[check]]
id = "grows"
step = "grow"
title = "Pages come"
points = 60
program = "check-grow"
property = "grows"
seconds = 0.1
[[check.scenario]]
seed = 5

[[check]]
id = "kernel"
step = "grow"
title = "The kernel is out of reach"
points = 30
program = "check-grow"
property = "kernel_out_of_reach"
seconds = 0.1
[[check.scenario]]
seed = 5

[[check]]
id = "after"
step = "rest"
title = "It goes on"
points = 10
needs = ["grows"]
program = "check-grow"
property = "grows"
visibility = "hidden"
seconds = 0.1
"""
PROPERTIES = """
from memory import CONSOLE_ADDR, PROC_START_ADDR

def grows(run):
    for count, moment in enumerate(run.moments("grown", least=4)):
        va, number = moment.args[0], moment.args[1]
        mapping = moment.lookup(va)
        if not mapping or mapping.pa // 4096 not in run.memory_pages:
            run.wrong(moment, "a page of memory", "none", va=va)
        if int.from_bytes(moment.physical(mapping.pa, 8), "little") != number:
            run.wrong(moment, "what was written", "something else", va=va, pa=mapping.pa, entry=mapping.entry)
        if number >> 32 != run.seed:
            run.wrong(moment, "the seed", "another")

def kernel_out_of_reach(run):
    for moment in run.moments():
        for each in moment.mappings():
            if each.va < PROC_START_ADDR and each.user and each.va != CONSOLE_ADDR:
                run.wrong(moment, "no access", "access", va=each.va, pa=each.pa, entry=each.entry)
"""
PROGRAM = """
#include "u-check.hh"   // a secret: violets are blue
void process_main() {
    check_begin();
    auto page = reinterpret_cast<volatile uint64_t*>(round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE));
    for (uint64_t i = 0; i < 4; ++i, page += PAGESIZE / 8) {
        sys_page_alloc(const_cast<uint64_t*>(page));
        page[0] = check_seed << 32 | i;
        moment("grown", page, page[0]);
    }
    check_done();
}
"""
RIGHT = "return p.space().page_alloc(va);"


@pytest.fixture(scope="session")
def root(tmp_path_factory):
    """A hand-out of the toy lab, with the grader."""
    folder = tmp_path_factory.mktemp("toy") / "hand-out"
    for name in ("boot", "build", "kernel", "lib"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "user", folder / "user", ignore=shutil.ignore_patterns("p-*"))
    for place, pattern in (("user", "p-hello.cc"), ("tests", "memory.py"), ("tests", "grade"),
                           ("tests/grading", "*.py"), (".", "Makefile")):
        (folder / place).mkdir(exist_ok=True)
        for path in (ROOT / place).glob(pattern):
            if path.is_file():
                shutil.copy(path, folder / place)
    shutil.copy(ROOT / "labs" / "u-check.hh", folder / "user")
    lab = folder / "labs" / "toy"
    (lab / "check").mkdir(parents=True)
    for name, text in {"lab.toml": LAB, "checks.toml": CHECKS, "checks.py": PROPERTIES,
                       "check/p-check-grow.cc": PROGRAM}.items():
        (lab / name).write_text(text)
    (folder / "lab.json").write_text(json.dumps({"lab": "toy"}))
    return folder


@pytest.fixture
def submit(tmp_path):
    """submit(body of syscall_page_alloc, further text of the file): a submission's folder."""
    def write(body=RIGHT, more=""):
        folder = tmp_path / "submission"
        text = (ROOT / "kernel" / "syscall.cc").read_text()
        assert text.count(RIGHT) == 1
        (folder / "kernel").mkdir(parents=True, exist_ok=True)
        more += "\n"
        more = '#include "device/power.hh"\n#include "x86-64.hh"\n' + more
        (folder / "kernel" / "syscall.cc").write_text(more + text.replace(RIGHT, body))
        return folder
    return write


@pytest.fixture
def grade(root):
    """grade(folder): {check: Result}, and the submission, built."""
    def run(folder):
        lab = Lab("toy", str(root))
        submission = build.Submission(lab, build.Tree(lab, root / "obj"), folder)
        try:
            results = result.Grading(lab, lab.chosen(), submission.built).run()
            return {each.id: each for each in results}
        finally:
            submission.close()
    return run


def command(root, *arguments, **variables):
    return subprocess.run([sys.executable, str(root / "tests" / "grade"), *map(str, arguments)], text=True,
                          capture_output=True, env=clean_environment(QEMU=QEMU, OBJ=str(root / "obj"), **variables),
                          stdin=subprocess.DEVNULL, timeout=300, check=False)


def points(results):
    return [results[name].earned for name in ("grows", "kernel", "after")]


### What is right, and what is wrong

def test_a_right_submission_has_all_points(grade, submit):
    assert points(grade(submit())) == [60, 30, 10]


def test_another_way_of_doing_it_has_them_too(grade, submit):
    assert points(grade(submit("if (p.regs->reg_rdi % PAGESIZE) return E_INVAL; kfree(kalloc(PAGESIZE, 5)); " + RIGHT))
                  ) == [60, 30, 10]


def test_a_lost_check_is_told_once_and_says_where(grade, submit):
    results = grade(submit("return p.space().add_page(p.regs->reg_rdi & ~0x1FFFUL, PTE_P | PTE_W | PTE_U | PTE_XD);"))
    assert results["grows"].status == "failed" and results["after"].status == "blocked"
    wrong = results["grows"].wrong
    assert "process was stopped" in wrong.found and "page fault on 0x" in wrong.found
    assert any(re.match("address 0x1.*entry 0x0", line) for line in wrong.where) and "^ 0x1" in wrong.picture
    assert wrong.commands == [] and wrong.cause
    assert "cannot be judged without" in results["after"].wrong.found


### What earns nothing: each body, and what the explanation says

ENDLESS = 'for (;;) asm volatile("");'
CHEATS = {
    "prints ok": ('log_printf("ok"); log_printf("log pid=1: ok"); return 0;', "process was stopped"),
    "forges the log": ('log_printf("exit pid=1"); log_printf("stop status=0x10 tick=9"); return 0;', "was stopped"),
    "powers off": ("power_off(run_status::clean);", "powered off"),
    "says that all is well": (f"outb(0x501, 0x10); {ENDLESS}", "powered off"),
    "says that it panicked": (f"outb(0x501, 0x13); {ENDLESS}", "panicked"),
    "says so to pvpanic only": (f"outb(0x505, 1); {ENDLESS}", "powered off"),
    "panics": ('panic("enough of %d", 7);', "enough of 7"),
    "touches what is not there": ("*reinterpret_cast<volatile int*>(1UL << 40) = 1; return 0;", "kernel page fault on"),
    "resets by the keyboard": (f"outb(0x64, 0xFE); {ENDLESS}", "reset the machine"),
    "resets by the chipset": (f"outb(0xCF9, 6); {ENDLESS}", "reset the machine"),
    "resets by a triple fault": ('struct [[gnu::packed]] { uint16_t limit; uint64_t base; } none = {0, 0}; '
                                 'asm volatile("lidt %0; ud2" : : "m"(none)); return 0;', "triple fault"),
    "loops": (ENDLESS, "the kernel hangs"),
    "lets everybody wait": ("p.regs->reg_rip -= 2; p.regs->reg_rax = SYSCALL_PAGE_ALLOC; return SYSCALL_PAGE_ALLOC;",
                            "processes were still running"),
    "waits for ever": ('for (;;) asm volatile("cli; hlt");', "stands still"),
    "turns the watchdog off and loops": ('asm volatile("outl %0, %1" : : "a"(0x8000F068), "Nd"(uint16_t(0xCF8))); '
                                         f"outb(0xCFC, 0); {ENDLESS}", "past its watchdog"),
    "floods the log": ('for (;;) log_printf("a flood, a flood, a flood, a flood, a flood");', "went by|hangs|flooded"),
    "sees that it is graded": ('if (p.image->name[0] == \'c\') power_off(run_status::clean); ' + RIGHT, "powered off"),
}


@pytest.mark.parametrize("name", CHEATS)
def test_earns_nothing_who(name, grade, submit):
    body, explanation = CHEATS[name]
    results = grade(submit(body))
    assert points(results) == [0, 0, 0]
    for each in ("grows", "kernel"):
        assert results[each].status == "failed"
        assert re.search(explanation, results[each].wrong.found), results[each].wrong


def test_a_process_that_is_sent_to_its_end_earns_nothing_for_what_was_not_seen(root, grade, submit):
    lab = Lab("toy", str(root))
    build.Tree(lab, root / "obj").update()
    elf = Built(root / "obj" / "grader" / "toy" / "tree" / "obj").program("check-grow")
    done = next(va + data.index(b"done\0") for va, data in elf.constant_pages if b"done\0" in data)
    moment = elf.symbols["check_moment"]
    results = grade(submit(f"p.regs->reg_rip = {moment}; p.regs->reg_rdi = {done}; return 0;"))
    assert results["grows"].status == "failed" and "4 or more moments" in results["grows"].wrong.expected


def test_a_program_that_was_changed_is_not_believed(grade, submit):
    results = grade(submit("vmiter it(&p, PROC_START_ADDR); memset(it.kptr<char*>() + 8, 0x90, 4); " + RIGHT))
    assert results["grows"].earned == 0


### Builds

REFUSED = {
    "does not compile": ("return p.nonsense;", "", "kernel/syscall.cc:[0-9]+:[0-9]+: error: .*nonsense"),
    "defines another file's function": (RIGHT, '#include "lib.hh"\nvoid* kalloc(size_t, int) { return nullptr; }',
                                        "kalloc.* is defined twice"),
    "calls what is nowhere": ("int nowhere(int); return nowhere(1);", "", "nowhere.* is used, and nowhere defined"),
    "reads the system": (RIGHT, '#include "/etc/passwd"\n', "error: /etc/passwd: No such file"),
    "reads checks": (RIGHT, '#include "{root}/labs/toy/checks.py"\n', "checks.py: No such file"),
    "takes in checks": (RIGHT, 'asm(".incbin \\"{root}/labs/toy/checks.py\\"");\n', "checks.py"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_who(name, root, grade, submit):
    if "{root}" in REFUSED[name][1] and sandbox.problem():
        pytest.skip(f"not confined: {sandbox.problem()}")
    body, more, explanation = REFUSED[name]
    with pytest.raises(build.Refused) as refused:
        grade(submit(body, more.replace("{root}", str(root))))
    assert re.search(explanation, refused.value.sentence) and "\n" not in refused.value.sentence


def test_the_sources_of_checks_are_not_there_to_be_read(root, submit):
    lab = Lab("toy", str(root))
    submission = build.Submission(lab, build.Tree(lab, root / "obj"),
                                  submit(RIGHT, 'asm(".incbin \\"user/p-check-grow.cc\\"");\n'))
    secret = b"violets are blue"
    files = [path for path in pathlib.Path(submission.work).rglob("*") if path.is_file()]
    found = [path for path in files if secret in path.read_bytes()]
    submission.close()
    assert found == [] and not os.path.exists(submission.work)


def test_only_the_labs_files_are_taken(root, grade, submit):
    folder = submit("return 0;")
    for path in ("Makefile", "user/p-check-grow.cc", "tests/grading/result.py", "labs/toy/checks.py",
                 "user/u-check.hh"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("all:\n\techo ok\n")
    assert points(grade(folder)) == [0, 0, 0]


def test_one_clear_line_for_what_cannot_be_graded(root, submit, tmp_path):
    folder = submit()
    source = folder / "kernel" / "syscall.cc"
    text = source.read_bytes()

    def said(*arguments):
        run = command(root, *arguments)
        assert len(run.stderr.splitlines()) == 1 and run.stderr.startswith("Kinglet: "), run.stderr
        return run.stderr

    (folder / "lab.json").write_text('{"lab": "other"}')
    assert "is for lab 'other'" in said(folder)
    (folder / "lab.json").unlink()
    source.unlink()
    assert "kernel/syscall.cc" in said(folder)
    source.symlink_to(root / "labs" / "toy" / "checks.py")
    assert "kernel/syscall.cc" in said(folder)
    source.unlink()
    source.write_bytes(text.replace(b"\n", b"\r\n"))
    spaced = tmp_path / "a folder with blanks"
    folder.rename(spaced)
    run = command(root, spaced)
    assert run.returncode == 0 and "100 of 100 points" in run.stdout and "Windows line ends" in run.stderr
    assert "no such folder" in said(tmp_path / "nowhere")
    assert "no lab" in said("--lab", "none", spaced)


### The command

def test_two_gradings_at_once_say_the_same(root, submit, tmp_path):
    folder = submit("return 0;")
    lines = [[sys.executable, str(root / "tests" / "grade"), "--json", str(tmp_path / f"{index}.json"), str(folder)]
             for index in range(2)]
    environment = clean_environment(QEMU=QEMU, OBJ=str(root / "obj"))
    for each in [subprocess.Popen(line, env=environment, stdout=subprocess.DEVNULL) for line in lines]:
        assert each.wait(300) == 0

    def without_seconds(path):
        found = json.loads(path.read_text())
        for each in (found, *found["checks"]):
            each.pop("seconds")
        return found
    assert without_seconds(tmp_path / "0.json") == without_seconds(tmp_path / "1.json")


def test_a_hand_out_knows_its_lab_and_is_its_own_submission(root):
    run = command(root)
    assert run.returncode == 0 and "100 of 100 points" in run.stdout, run.stdout + run.stderr
    assert "\033" not in run.stdout
    run = command(root, "--check", "kernel")
    assert "30 of 30 points" in run.stdout and "grows" not in run.stdout


def processes_with(text):
    """Pids of processes whose command line has `text`."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if text.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            pass
    return found


def wait_until(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_grader_leaves_no_qemu(root, submit, tmp_path, number):
    place = tmp_path / "place"
    place.mkdir()
    watchdog_off = CHEATS["turns the watchdog off and loops"][0]
    environment = clean_environment(QEMU=QEMU, OBJ=str(root / "obj"), TMPDIR=str(place))
    with subprocess.Popen([sys.executable, str(root / "tests" / "grade"), str(submit(watchdog_off))], env=environment,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as grader:
        assert wait_until(lambda: processes_with(f"{place}/kinglet.") and processes_with("isa-debug-exit"))
        time.sleep(0.5)
        grader.send_signal(number)
        grader.wait(120)
    assert wait_until(lambda: not processes_with(f"{place}/kinglet."))


def test_a_replay_stops_picture_and_gdb_where_it_fails(root, submit):
    if not shutil.which("gdb"):
        pytest.skip("gdb is not installed")
    wrong = "if (p.regs->reg_rdi / PAGESIZE % 4 == 2) return 0; " + RIGHT
    run = command(root, "--replay", "grows", submit(wrong), GDBFLAGS="-batch -ex 'info registers rip'")
    assert "PHYSICAL MEMORY" in run.stdout and "LOST" in run.stdout and re.search(r"^rip +0x", run.stdout, re.MULTILINE)


def test_a_property_can_be_tried_by_hand(root, grade, submit):
    grade(submit())
    run = one_run(root / "obj" / "grader" / "toy" / "tree" / "obj", "check-grow", seed=9)
    try:
        moment = run.next("grown")
        assert moment.args[1] == 9 << 32 and moment.own()[moment.args[0]].writable and moment.program == "check-grow"
        with pytest.raises(Wrong):
            run.next("never")
    finally:
        run.recording.close()
