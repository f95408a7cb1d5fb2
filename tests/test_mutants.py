"""test_mutants.py - the mistakes in tests/mutants can be made, and a few of them are graded

All of them are tried by `make mutants`, `make prove-bugs` and `make check-planted`.
"""
import collections
import os
import pathlib
import sys
import tomllib

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "mutants"), str(HERE.parent / "build")]

import functions                        # noqa: E402
import labs                             # noqa: E402
import mutant as mutants                # noqa: E402
import trial                            # noqa: E402

ALL = mutants.read_mutants()
WRONG = [each for each in ALL if each.kind == "wrong"]
DISTINCT = [each for each in WRONG if not each.like]
RIGHT = [each for each in ALL if each.kind == "right"]
# Really graded here: one wrong kernel and one right variant.
SAMPLE = [("start", "wrong", "allocator_never_yields"), ("start", "right", "copy_recursive")]
LEAST, LEAST_A_STEP, LEAST_DIFFERENT = 60, 6, 10


def checks_of(lab):
    """The lab's checks by id, as its checks.toml has them."""
    path = mutants.ROOT / "labs" / lab / "checks.toml"
    return {check["id"]: check for check in tomllib.loads(path.read_text(encoding="utf-8"))["check"]}


def test_there_are_enough_mutants():
    assert len(DISTINCT) >= LEAST and len(RIGHT) >= LEAST
    different = [each for each in RIGHT if each.differs]
    assert len(different) >= LEAST_DIFFERENT
    assert {each.differs for each in different} <= {"data structure", "algorithm"}


@pytest.mark.parametrize("lab", ["vm", "faults"])
def test_each_step_has_wrong_kernels(lab):
    checks, count = checks_of(lab), collections.Counter()
    for each in WRONG:
        if each.lab == lab:
            count.update({checks[each.fails[0]]["step"]})
    few = {step.name: count[step.name] for step in labs.read_lab(lab).steps if count[step.name] < LEAST_A_STEP}
    assert not few


def test_every_mutant_says_what_it_is():
    names = collections.Counter((each.lab, each.name) for each in ALL)
    assert [name for name, count in names.items() if count > 1] == []
    for each in ALL:
        assert each.about and each.sections, each.place
        assert bool(each.fails) == bool(each.why) == (each.kind == "wrong"), each.place


def test_no_two_wrong_kernels_share_function_and_failing_check():
    seen = {}
    for each in DISTINCT:
        key = (each.lab, frozenset(map(trial.simple_name, each.functions())), frozenset(each.fails))
        assert key not in seen, f"{each.place} and {seen[key]}"
        seen[key] = each.place


def test_wrong_kernels_name_checks_that_exist():
    for lab in sorted({each.lab for each in WRONG}):
        known = checks_of(lab)
        for each in WRONG:
            assert each.lab != lab or set(each.fails) <= set(known), each.place


def test_every_mistake_of_the_kernel_can_be_made_and_has_a_finder():
    kernel, _ = mutants.read_kernel_mutants()
    rooms = {path.stem.removesuffix("_none") for path in mutants.ROOT.glob("kernel/*/*_none.cc")}
    finders = {"prove", "prove-none", "fuzz", "model", *(f"prove-without-{room}" for room in rooms)}
    made = collections.Counter((each.path, each.source()) for each in kernel)
    assert [each.name for each in kernel if made[each.path, each.source()] > 1] == []
    for each in kernel:
        assert each.source() != (mutants.ROOT / each.path).read_text(encoding="utf-8"), each.name
        assert each.found_by and set(each.found_by) <= finders, each.name


def test_a_mistake_whose_text_is_there_twice_or_never_is_told():
    for was in "va", "nowhere":
        mutant = mutants.KernelMutant("kernel/page/vmiter.cc", "vmiter::walk", was, "", ("prove",))
        with pytest.raises(mutants.Problem, match=f"vmiter::walk: \"{was}\" is there (0|[2-9]|\\d\\d) times"):
            mutant.source()


@pytest.mark.parametrize("lab", mutants.LABS)
def test_every_mutant_can_be_made(lab, tmp_path):
    workshop = mutants.Workshop(tmp_path)
    for each in ALL:
        if each.lab == lab:
            workshop.submission(each)


def test_a_sample_is_judged_as_it_must_be(tmp_path):
    chosen = [each for each in ALL if (each.lab, each.kind, each.name) in SAMPLE]
    assert len(chosen) == len(SAMPLE)
    obj = os.environ.get("OBJ") or mutants.ROOT / "obj"
    verdicts = trial.try_all(mutants.Workshop(tmp_path), chosen, obj, os.cpu_count() or 1, lambda verdict: None)
    assert [f"{each.mutant.place}: {each.outcome}: {each.text}" for each in verdicts if not each.good] == []


def test_a_check_that_goes_wrong_by_itself_has_found_nothing():
    mutant = mutants.Mutant("start", "wrong", "any", "", fails=("one-runs",))
    trouble = trial.result.Result("one-runs", "one", "", 1, "visible", status="error",
                                  wrong=trial.result.Report("a verdict", "KeyError"))
    assert trial.judge_wrong(mutant, {"one-runs": trouble})[0] == "not graded"


def test_functions_are_added_above_what_uses_them(tmp_path):
    (tmp_path / "file.cc").write_text("int one() {\n    return 1;\n}\n\n// Two.\nint two() {\n    return 2;\n}\n")
    section = mutants.make_section("file.cc", ["// added", "static int more() { return 3; }", "// replaced",
                                               "int two() {", "    return more();", "}"])
    mutants.apply_section(section, tmp_path)
    names = [str(each) for each in functions.find_functions(tmp_path / "file.cc")]
    assert names == ["one()", "more()", "two()"]
    assert "// Two.\nint two() {\n    return more();" in (tmp_path / "file.cc").read_text()
