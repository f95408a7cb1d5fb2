"""Boot words that the kernel would not understand are refused before the machine starts; it understands the others."""
import pathlib
import re

import pytest
import words
from problem import Problem

WRONG = {
    "colour=on": 'BOOT: "colour=" is no boot word', "viev=on": 'BOOT: "viev=" is no boot word; the nearest is "view="',
    "view=maybe": "BOOT: view=maybe: view= is one of on off", "view=of": 'the nearest is "view=off"',
    "view=off=off": "view= is one of", "heap=": "heap= is one of lazy eager", "fork=cpy": 'the nearest is "fork=copy"',
    "audit": 'BOOT: "audit" is no boot word (only the first word may be a program)', "=": 'BOOT: "=" is no boot word',
    "pace=fast": '"fast" is not a whole number from 0 to 1000000', "pace=-1": "not a whole number",
    "pace=1000001": "not a whole number", "stop=": "not a whole number", "stop=1x": "not a whole number",
    "keys=1:ctrl-x": 'keys= has "1:ctrl-x", which is no TICK:KEY such as 300:q; the nearest is "ctrl-d"',
    "keys=1": 'keys= has "1", which is no TICK:KEY such as 300:q', "keys=x:f": 'keys= has "x:f"',
    "keys=5:ff": 'keys= has "5:ff"', "keys=5:lef": 'the nearest is "left"', "keys=5:,,,": 'keys= has ""',
    "keys=9:f,3:q": "keys= has tick 3 after tick 9", "keys=" + "1:a," * 48: "keys= has 192 characters, of at most 191",
    "stop=" + "0" * 250: "boot words are 261 characters, of at most 255",
}
RIGHT = ("view=off audit=off machine=weensy fork=copy heap=eager pace=1000000 log=faults stop=7 "
         "keys=1:q,2:space,2:,,3:left,4:,")


@pytest.fixture
def line_of(monkeypatch):
    def line(given, program="hello", **settings):
        for name in ("BOOT", "MEMORY"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"BOOT": given, **settings}.items():
            monkeypatch.setenv(name, value)
        return words.boot_words(program, [])
    return line


@pytest.mark.parametrize("word", WRONG)
def test_a_wrong_word_is_refused_by_a_sentence(line_of, word):
    with pytest.raises(Problem) as problem:
        line_of(f"hello {word}")
    assert WRONG[word] in str(problem.value)


def test_what_is_documented_is_understood_by_the_kernel_too(line_of, machine, image):
    assert line_of(RIGHT) == f"hello {RIGHT}"
    choices = [f"{key}={value}" for key, (values, _) in words.documented().items() for value in values
               if re.fullmatch("[a-z]+", value) and value != "big"]
    for given in RIGHT, " ".join(choices):
        started = machine(line_of(given) + " stop=7", image=image)
        started.run(20)
        assert given in started.log() and "warning" not in started.log()


def test_every_word_of_the_kernel_is_documented():
    source = pathlib.Path(words.ROOT, "kernel", "device", "boot_words.cc").read_text()
    assert set(re.findall(r'key_is\("(\w+)"\)', source)) == set(words.documented())


def test_a_program_asks_for_words_that_the_users_prevail_over(line_of, monkeypatch, tmp_path):
    assert line_of("", "forkcost") == "forkcost pace=0"
    assert line_of("pace=7", "forkcost") == "forkcost pace=0 pace=7"
    monkeypatch.setattr(words, "ROOT", str(tmp_path))
    (tmp_path / "user").mkdir()
    for text, found in {"// p-x - it\n//    Boot words: pace=3 view=text\n": "x pace=3 view=text", "int x;\n": "x",
                        "/* p-x\n * Boot words: pace=3\n */": "x pace=3"}.items():
        (tmp_path / "user" / "p-x.c").write_text(text)
        assert line_of("", "x") == found
    (tmp_path / "user" / "p-x.c").write_text("// Boot words: pase=3\n")
    with pytest.raises(Problem, match='"pase=" is no boot word; the nearest is "pace="'):
        line_of("", "x")


def test_an_unknown_program_is_told_with_the_nearest(line_of):
    with pytest.raises(Problem, match='there is no program "frok"; the nearest is "fork"; there are: allocator '):
        line_of("frok")


def test_without_the_table_nothing_is_refused(line_of, monkeypatch):
    monkeypatch.setattr(words, "TABLE", "/nowhere")
    assert line_of("colour=on") == "hello colour=on"


def test_more_memory_makes_a_big_machine_unless_a_word_says_which(line_of):
    assert line_of("", MEMORY="256M") == "hello machine=big"
    assert line_of("machine=weensy", MEMORY="256M") == "hello machine=weensy"
