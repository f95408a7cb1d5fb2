"""test_labs.py - labs are derived from the kernel as it is: on small trees made up here, and on those of labs/"""
import json
import os
import subprocess
import sys

import pytest

import conftest
import functions
import labs
from problem import Problem
from made_up_lab import write_tree


@pytest.fixture
def state(tmp_path):
    """state(n, lab, changes): the folder with that state of a lab of made_up_lab.py."""
    def make(n, lab="one", changes=None, **more):
        return labs.state_tree(lab, n, tmp_path / f"{lab}-{n}", root=write_tree(tmp_path / "root", changes), **more)
    return make


def refused(function, *arguments, **named):
    with pytest.raises(Problem) as caught:
        function(*arguments, **named)
    return str(caught.value)


### Finding functions

def test_functions_of_every_kind_are_found_by_qualified_name_and_types(tmp_path):
    found = [str(each) for each in functions.find_functions(write_tree(tmp_path / "root") / "kernel/space.cc")]
    assert found == ["span_of(int)", "twice(int)", "space::map(void*, unsigned long)",
                     "space::map(unsigned long, unsigned long)", "space::space(int)", "space::~space()",
                     "space::operator+=(int)", "space::operator bool()", "space::operator()(int)",
                     "for_each_child(int, F)", "hidden()", "entry(int(*callback)(int), char[])", "leave()",
                     "far_away()"]


def test_a_function_reaches_from_its_comment_and_first_line_to_its_brace(tmp_path):
    path = write_tree(tmp_path / "root") / "kernel/space.cc"
    lines = path.read_text().splitlines()
    by_name = {each.name: each for each in functions.find_functions(path)}
    span = by_name["span_of"]
    assert lines[span.first] == "// What a table's entry covers." and lines[span.start].startswith("static int span")
    assert lines[by_name["for_each_child"].start] == "template <typename F>"
    assert lines[by_name["far_away"].start] == "[[gnu::noinline]]"
    assert lines[by_name["far_away"].line - 1] == "far_away() {"
    made = by_name["space::space"]
    assert lines[made.end - 1] == "}" and made.end - made.start == 7
    assert lines[by_name["twice"].first].startswith("static int twice")
    assert lines[by_name["entry"].first] == "// Called from assembly."


def test_every_function_of_the_kernel_is_found_with_its_braces():
    for path in sorted((conftest.ROOT / "kernel").rglob("*.cc")):
        lines = path.read_text().splitlines()
        for each in functions.find_functions(path):
            text = "\n".join(lines[each.start:each.end])
            assert each.name.split("::")[-1].split()[0] in text.split("{")[0], f"{path}: {each}"
            assert text.count("{") == text.count("}") > 0 and not lines[each.start].startswith((" ", "}")), text


def test_parameter_types_do_not_depend_on_names_blanks_and_defaults():
    def same(one, other):
        return functions.parameter_types(one) == functions.parameter_types(other)
    assert same("(const program & image,pid_t pid)", "(const program& p, pid_t)")
    assert same("(uintptr_t va=0,F f)", "(uintptr_t, F)")
    assert same("(x86_64_pagetable *& t)", "(x86_64_pagetable*&)")
    assert same("(void)", "()") and same("(unsigned n)", "(unsigned)")
    assert same("(const char* f, ...)", "(const char*, ...)")
    assert same("(pair<int, long> p)", "(pair<int, long>)") and same("(std::size_t n)", "(std::size_t)")
    assert not same("(int a)", "(long a)") and not same("(const proc& p)", "(proc& p)")


### States

def test_a_state_holds_the_start_body_of_the_smallest_step_that_is_not_done(state):
    first, second, last = ((state(n) / "kernel/space.cc").read_text() for n in (0, 1, 2))
    assert "// Write me.\nstatic int span_of(int) {\n    return 0;\n}\n" in first
    assert "// Later.\nstatic int span_of(int level) {\n    return level;\n}\n" in second
    assert "//    Two lines.\nstatic int span_of(int level) {\n    return 1 << level;\n}\n" in last
    for text in (first, second):
        assert "twice" not in text and "return -1;" in text and "return page ? int(perm)" in text
    assert "return twice(int(pa + perm));" in last


def test_a_comment_stays_unless_the_body_has_one(state):
    both = (state(0) / "kernel/both.cc").read_text()
    assert "// Two.\nint b() {\n    return 0;\n}\n" in both


def test_base_is_in_every_state_and_its_includes_are_added(state):
    for n in (0, 2):
        folder = state(n)
        text = (folder / "kernel/space.cc").read_text()
        assert text.startswith('#include "space.hh"\n#include "lib.hh"\n#include "more.hh"\n\n')
        assert "hlt();" in text and (folder / "kernel/new.cc").read_text() == "int n;\n"


def test_files_are_removed_and_merged_with_their_includes_once(state):
    folder = state(2)
    assert (folder / "kernel/both.cc").read_text() == (
        '#include "lib.hh"\n#include "b.hh"\n\nint a() {\n    return 1;\n}\n\n// Two.\nint b() {\n    return 2;\n}\n')
    assert not (folder / "kernel/a.cc").exists() and not (folder / "kernel/b.cc").exists()
    assert labs.files_below(folder / "docs") == ["log.md"]
    assert not (folder / "tests").exists() and not (folder / "labs").exists()
    assert "ROOMS ?= \n" in (folder / "build/rooms.mk").read_text()
    mark = json.loads((folder / "lab.json").read_text())
    assert mark["lab"] == "one" and mark["step"] == 2 and mark["files"] == ["kernel/space.cc", "kernel/both.cc"]


def test_a_lab_can_begin_with_a_state_of_another(state):
    assert "return 3;" in (state(0, "three") / "kernel/both.cc").read_text()
    ended = state(1, "three")
    assert "return 0;" in (ended / "kernel/both.cc").read_text()        # as lab one's state 0 has it
    assert "// Write me." in (ended / "kernel/space.cc").read_text()


def test_a_lab_can_be_laid_over_a_solution_of_another(state, tmp_path):
    (tmp_path / "mine/kernel").mkdir(parents=True)
    mine = tmp_path / "mine/kernel/space.cc"
    mine.write_text("int mine;\r\n\r\nstatic int span_of(int) {\r\n    return 0;\r\n}\r\n")
    kept = (state(0, "two", over=tmp_path / "mine") / "kernel/space.cc").read_text()
    assert kept == "int mine;\n\nstatic int span_of(int level) {\n    return 1 << level;\n}\n"
    mine.write_text("int mine;\n")
    assert "there is no function span_of" in refused(state, 1, "two", over=tmp_path / "mine")
    assert "has no kernel/space.cc" in refused(state, 1, "two", over=tmp_path)
    assert "is not laid over" in refused(state, 1, "one", over=tmp_path)


def test_a_state_is_known_by_its_steps_name_too(state):
    assert (state("second") / "kernel/space.cc").read_text() == (state(2) / "kernel/space.cc").read_text()


def test_a_tree_made_again_changes_only_what_differs(state, tmp_path):
    folder = state(0)
    (folder / "obj").mkdir()
    (folder / "obj/built").write_text("x")
    before = {path: os.stat(folder / path).st_mtime_ns for path in labs.files_below(folder)}
    labs.state_tree("one", 1, folder, root=tmp_path / "root")
    after = {path: os.stat(folder / path).st_mtime_ns for path in labs.files_below(folder)}
    assert {path for path in after if after[path] != before.get(path)} == {"kernel/space.cc", "lab.json"}
    assert (folder / "obj/built").exists()


@pytest.mark.parametrize("changes, sentence", [
    ({"labs/one/start/first/bodies/kernel/space.cc": "int gone() { return 1; }\n"},
     "labs/one/start/first/bodies/kernel/space.cc: kernel/space.cc: there is no function gone"),
    ({"labs/one/start/first/bodies/kernel/space.cc": "int space::map(int) const { return 1; }\n"},
     "space::map is ambiguous: write one of space::map(void*, unsigned long), space::map(unsigned long,"),
    ({"labs/one/start/first/bodies/kernel/space.cc": "// absent: space::map\n"}, "space::map is ambiguous"),
    ({"labs/one/start/first/bodies/kernel/space.cc": "// function: leave\nint x;\n"}, "no function stands directly"),
    ({"labs/one/start/first/bodies/kernel/space.cc": "int extra = 3;\n"}, "space.cc:1: neither a function nor"),
    ({"labs/one/start/first/bodies/kernel/space.cc": "void leave() {}\nvoid leave() {}\n"}, "leave() is there twice"),
    ({"labs/one/start/first/bodies/kernel/lost.cc": "int a() { return 1; }\n"}, "the tree has no kernel/lost.cc"),
    ({"labs/one/start/third/bodies/kernel/space.cc": "void leave() {}\n"}, "lab one has no such step"),
    ({"labs/one/lab.toml": 'files = ["kernel/space.cc"]\nremove = ["lost/"]\n[[step]]\nname = "a"\ntitle = "A"\n'},
     "remove: there is no lost"),
    ({"labs/two/lab.toml": 'files = ["kernel/lost.cc"]\n[[step]]\nname = "a"\ntitle = "A"\n'}, "no kernel/lost.cc"),
    ({"labs/one/lab.toml": 'files = ["a", "b", "c", "d"]\n[[step]]\nname = "a"\ntitle = "A"\n'}, "one to three"),
    ({"labs/one/lab.toml": 'fils = []\n'}, "fils is unknown"),
    ({"labs/one/lab.toml": 'title = \n'}, "labs/one/lab.toml: Invalid value"),
    ({"labs/two/lab.toml": 'files = ["kernel/space.cc"]\n[[step]]\nname = "first"\ntitle = "A"\n'
      'functions = ["kernel/space.cc:lost"]\n'}, "step first: kernel/space.cc: there is no function lost"),
])
def test_what_is_wrong_with_a_lab_is_one_sentence(state, changes, sentence):
    answer = refused(state, 0, "two" if "labs/two/lab.toml" in changes else "one", changes=changes)
    assert sentence in answer and "\n" not in answer


def test_a_body_can_name_the_overload_that_it_replaces(state):
    text = (state(1, changes={"labs/one/start/second/bodies/kernel/space.cc":
                              "// function: space::map(void*, unsigned long)\nint space::map(void*, unsigned long) "
                              "const { return 5; }\n"}) / "kernel/space.cc").read_text()
    assert "return 5;" in text and "return twice(" in text and "function:" not in text


def test_a_folder_with_something_else_is_refused(state, tmp_path):
    (tmp_path / "one-0").mkdir()
    (tmp_path / "one-0/thesis.txt").write_text("years of work")
    assert "is not empty" in refused(state, 0)


def test_an_unknown_lab_or_step_is_one_line():
    for arguments in (["tree", "nothing", "0", "x"], ["steps", ""]):
        answer = subprocess.run([sys.executable, conftest.ROOT / "build/labs.py", *arguments], capture_output=True,
                                text=True, check=False)
        assert answer.returncode == 1 and answer.stderr.startswith("Kinglet: ") and answer.stderr.count("\n") == 1
