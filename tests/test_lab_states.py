"""test_lab_states.py - every state of every lab in labs/ is a kernel: derived, built without a warning, booted

And every hand-out is what its text says, without a trace of the solutions.
"""
import functools
import re
import shutil
import subprocess

import pytest

import conftest
import functions
import lab_handout
import lab_leaks
import lab_pictures
import labs
import qemu

LABS = [labs.read_lab(name) for name in labs.lab_names()]
each_lab = pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
# What is the same work for each lab: done for the shortest one; for all with `make check-long`.
one_lab = pytest.mark.parametrize("lab", LABS if conftest.EVERYTHING else [lab for lab in LABS if lab.name == "start"],
                                  ids=lambda lab: lab.name)


def make(tree, *targets):
    """Runs make in a tree; it must succeed and print nothing but its steps."""
    answer = subprocess.run(["make", "-C", tree, "--no-print-directory", "-s", "OBJ=obj", *targets], text=True,
                            env=conftest.clean_environment(), capture_output=True, check=False)
    said = [line for line in (answer.stdout + answer.stderr).splitlines() if not re.match(r"  [A-Z]+ +\S+$", line)]
    assert answer.returncode == 0 and not said, "\n".join(said)


def boots(tree, step):
    """The kernel runs a step's program for a while, and ends by itself."""
    words = f"{step.program} {step.words} view=off stop=20"
    with qemu.Machine(str(tree / "obj/kinglet.img"), words=words, qemu=conftest.QEMU) as machine:
        outcome = machine.run(2)
    assert outcome.kind == "exit" and outcome.status not in (qemu.EXIT_PANIC, qemu.EXIT_AUDIT), outcome.sentence


@pytest.fixture
def tree(lab, tmp_path_factory):
    """A folder for one state of the lab after the other, in which make builds only what differs. The lab's tests share
    it: they run on one worker. What is the finished kernel's there has been compiled."""
    folder = tmp_path_factory.getbasetemp() / f"lab-{lab.name}"
    if not folder.exists():
        labs.synchronize(states_of(lab.name).tree(0), folder)
        conftest.begin_with_what_is_built(folder)
    return folder


@functools.lru_cache
def states_of(name):
    """The states of a lab, derived once in each of pytest's processes."""
    return lab_leaks.States(labs.read_lab(name))


@each_lab
def test_every_state_builds_without_a_warning_and_the_last_boots(lab, tree):
    """And clang has no warning of the files that the finished kernel does not have so. The first boots below, as a
    hand-out; grading boots them all: test_grade_states.py."""
    for n in range(lab.last + 1):
        labs.synchronize(states_of(lab.name).tree(n), tree)
        make(tree, "obj/kernel-unnamed.elf" if n < lab.last else "obj/kinglet.img",
             *(f"obj/{path}.o" for path in lab.files))
        changed = [path for path in labs.files_below(tree) if re.match(r"(kernel|user|lib)/.*\.cc$", path) and
                   not ((lab.root / path).is_file() and labs.same(lab.root / path, tree / path))]
        assert conftest.what_clang_says(tree, changed) == ""
    boots(tree, lab.steps[-1])


@each_lab
def test_wrong_bodies_for_pictures_build(lab, tree):
    for step in lab.steps:
        wrong = lab.folder / "wrong" / step.name
        if wrong.is_dir():
            labs.state_tree(lab, step.number, tree, layers=[wrong])
            make(tree, *(f"obj/{path}.o" for path in lab.files))


@one_lab
def test_pictures_are_made_the_same_each_time_and_right_and_wrong_differ(lab, tree, tmp_path):
    step = next((step for step in lab.steps if step.picture), None)
    if not step:
        pytest.skip("it has no pictures")
    right, wrong = lab_pictures.take_step(lab, step, tree, tmp_path)
    assert right.read_bytes() != wrong.read_bytes()
    lab_pictures.take(tree, step, tmp_path / "again.png")
    assert (tmp_path / "again.png").read_bytes() == wrong.read_bytes()


def check_places(lab, n, folder):
    """The text's table has every function of the steps to come, with the line on which it stands."""
    rows = re.findall(r"^\| (\d+)\. .* \| `(.*)` \| \[(.*)\]\(.*\) \| (\d+) \|$", (folder / "README.md").read_text(),
                      re.MULTILINE)
    assert {int(number) for number, *_ in rows} == {step.number for step in lab.steps[n:] if step.functions}
    for _number, name, path, line in rows:
        assert path in lab.files
        text = (folder / path).read_text().splitlines()[int(line) - 1]
        assert name.split("::")[-1] in text, f"{path}:{line}: {text}"


@each_lab
def test_no_handout_leaks_a_solution_and_each_says_where_to_work(lab, tmp_path):
    assert 1 <= len(lab.files) <= 3
    for n in range(lab.last):
        solutions = lab_leaks.Solutions(states_of(lab.name), n)
        assert solutions.later, f"step {n + 1} changes no function"
        lab_handout.handout_tree(states_of(lab.name), n, tmp_path / str(n))
        check_places(lab, n, tmp_path / str(n))
        assert lab_leaks.leaks_of(solutions, tmp_path / str(n)) == []


@each_lab
def test_the_body_of_each_function_would_be_found(lab, tmp_path):
    """The comparison notices every function of a later step that is long enough to be a secret."""
    solutions = lab_leaks.Solutions(states_of(lab.name), 0)
    for key, texts in solutions.later.items():
        body, text = list(texts.items())[-1]
        tokens = lab_leaks.code_tokens(body)
        given = lab_leaks.code_tokens(solutions.seen.get(key, ("", ""))[0])
        if len(tokens) < lab_leaks.SHORTEST or len(set(tokens) - set(given)) < 4:
            continue
        (tmp_path / "notes.txt").write_text("\n".join(f"> {line}" for line in text.splitlines()))
        assert lab_leaks.leaks_of(solutions, tmp_path), f"{key} is not found"


@one_lab
def test_a_handout_builds_and_its_binaries_and_history_leak_nothing(lab, tree, tmp_path):
    out = tmp_path / "out"
    lab_handout.handout(lab, 0, out, states=states_of(lab.name))
    labs.synchronize(out, tree)
    make(tree, "obj/kinglet.img")
    boots(tree, lab.steps[0])
    (out / "obj").mkdir()
    for binary in [path for pattern in ("*.*", "user/*.elf", "kernel/**/*.o") for path in (tree / "obj").glob(pattern)]:
        shutil.copy2(binary, out / "obj" / f"{binary.parent.name}-{binary.name}")
    assert lab_leaks.leaks_of(lab_leaks.Solutions(states_of(lab.name), 0), out) == []


@each_lab
def test_a_lab_over_a_solution_of_another_builds_and_has_its_own_functions_there(lab, tree):
    if not lab.over:
        pytest.skip("it is not laid over another")
    solution = states_of(lab.over["lab"])
    labs.state_tree(lab, lab.last, tree, over=solution.tree(solution.lab.last))
    make(tree, "obj/kernel-unnamed.elf")
    for place in lab.over["but"]:
        path, name = place.split(":")
        texts = [(folder / path).read_text().splitlines() for folder in (tree, lab.root)]
        found = [functions.resolve(functions.find_functions(folder / path), name, path)
                 for folder in (tree, lab.root)]
        bodies = [text[each.start:each.end] for text, each in zip(texts, found)]
        assert bodies[0] == bodies[1]


@each_lab
def test_a_text_shows_the_pictures_that_there_are(lab):
    text = lab.folder / "README.md"
    if not text.is_file():
        pytest.skip("it has no text")
    shown = set(re.findall(r"\]\((pictures/[^)]*)\)", text.read_text()))
    made = {path.relative_to(lab.folder).as_posix() for path in lab.folder.glob("pictures/*.png")}
    assert shown <= made, f"missing: {sorted(shown - made)}"
    wanted = {f"pictures/{step.name}-{kind}.png" for step in lab.steps if step.picture for kind in ("right", "wrong")}
    assert made == wanted and shown == wanted
