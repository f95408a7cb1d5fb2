"""test_sentences.py - what a lab's text demands is judged, sentence by sentence"""
import sys
import pathlib

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import lab_sentences as texts           # noqa: E402

LABS = ("start", "vm", "faults")


@pytest.mark.parametrize("lab", LABS)
def test_every_sentence_that_demands_something_is_listed(lab):
    listed = texts.listed(lab)["sentences"]
    wanted = texts.sentences(lab)
    assert [each for each in wanted if each not in listed] == []
    assert [each for each in listed if each not in wanted] == []


@pytest.mark.parametrize("lab", LABS)
def test_every_command_boot_word_and_key_is_listed(lab):
    listed = texts.listed(lab)["commands"]
    wanted = texts.commands(lab)
    assert [each for each in wanted if each not in listed] == []
    assert [each for each in listed if each not in wanted] == []


@pytest.mark.parametrize("lab", LABS)
def test_what_is_listed_is_judged_by_checks_that_exist(lab):
    known, listed = texts.checks_of(lab), texts.listed(lab)
    for each, judged in [*listed["sentences"].items(), *listed["commands"].items()]:
        if judged not in (*texts.NOT_JUDGED, "watched"):
            assert judged and set(judged.split()) <= known, each


@pytest.mark.parametrize("lab", LABS)
def test_advice_is_marked_in_the_text(lab):
    for each, judged in texts.listed(lab)["sentences"].items():
        assert (judged == "advice") == ("*advice*" in each), each


def test_each_check_judges_something_that_the_text_says():
    for lab in LABS:
        listed = texts.listed(lab)
        named = {name for part in listed.values() for judged in part.values()
                 for name in judged.split()}
        assert sorted(texts.checks_of(lab) - named) == [], lab


def test_sentences_are_told_apart():
    assert texts.paragraphs("**Build.** One. Two\nmore.\n\n- three\n\n**Why.** Four.\n") == [
        ("One. Two more.", True), ("three", True), ("Four.", False)]
