"""`make run-console` in terminals of several kinds and sizes, under tmux: the picture comes, what is missing is said.

One tmux server for each kind, with a window for each size; tmux shows what a person would see."""
import os
import re
import shlex
import shutil
import subprocess
import sys
import time

import pytest
from conftest import ROOT, clean_environment

pytestmark = pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")
SIZES = [(80, 24), (80, 25), (100, 30), (140, 45), (200, 60)]


class Tmux:
    """A tmux server of our own, with one terminal (a session) for each name."""

    def __init__(self, folder, term, image):
        self.environment = clean_environment(TMUX_TMPDIR=str(folder), TERM="xterm-256color")
        self.folder, self.term, self.image = folder, term, image

    def order(self, *words):
        return subprocess.run(["tmux", "-f", "/dev/null", "-L", "kinglet", *words], env=self.environment, text=True,
                              capture_output=True, timeout=60, check=True).stdout

    def start(self, columns, rows):
        """Starts a run whose terminal stays when it has ended. Returns the terminal's name."""
        name = f"{columns}x{rows}"
        command = [sys.executable, str(ROOT / "build" / "run.py"), "console", "--image", self.image]
        settings = [f"TERM={self.term}", f"LOG={self.folder}/{name}.txt", "BOOT=hello view=on"]
        self.order("new-session", "-d", "-s", name, "-x", str(columns), "-y", str(rows),
                   f"{shlex.join(['env', *settings, *command])}; echo status $?; exec cat")
        return name

    def shows(self, name, pattern, timeout=20):
        """What the terminal shows, as soon as `pattern` is in it."""
        deadline = time.monotonic() + timeout
        while not re.search(pattern, seen := self.order("capture-pane", "-p", "-t", name)):
            assert time.monotonic() < deadline, f"no {pattern!r} in {name}:\n{seen}"
            time.sleep(0.1)
        return seen


@pytest.fixture
def tmux(tmp_path, image):
    started = []

    def start(term):
        started.append(Tmux(tmp_path, term, image))
        return started[-1]
    yield start
    for each in started:
        each.order("kill-server")


@pytest.mark.parametrize("term", ["xterm-256color", "screen-256color", "tmux-256color", "linux"])
def test_the_picture_comes_in_terminals_of_every_size(tmux, term):
    terminals = tmux(term)
    names = [terminals.start(*size) for size in SIZES]
    for name, (columns, rows) in zip(names, SIZES):
        picture = terminals.shows(name, "VIRTUAL MEMORY")
        if rows >= 25:
            assert "PHYSICAL MEMORY" in picture and "The picture needs" not in picture
            assert len(picture.splitlines()) == rows
        else:
            terminals.shows(name, f"^The picture needs 80x25, this terminal has {columns}x{rows}: enlarge it.")
        terminals.order("send-keys", "-t", name, "C-c")
        terminals.shows(name, r"Kinglet: ended by Ctrl-C; the log is in .*\n?.*\n+status 0")


def test_a_terminal_may_become_larger_and_smaller(tmux):
    terminals = tmux("screen-256color")
    name = terminals.start(60, 20)
    terminals.shows(name, "(?s)^The picture needs 80x25, this terminal has 60x20: enlarge.*MORY ")
    terminals.order("resize-window", "-t", name, "-x", "100", "-y", "30")
    terminals.shows(name, "(?s)^(?!.*this terminal).*PHYSICAL MEMORY")
    terminals.order("resize-window", "-t", name, "-x", "80", "-y", "24")
    terminals.shows(name, "^The picture needs 80x25, this terminal has 80x24")


def test_a_dumb_terminal_gets_a_sentence(tmux):
    terminals = tmux("dumb")
    terminals.shows(terminals.start(80, 25), r"Kinglet: this terminal cannot move its cursor \(TERM=\"dumb\"\).*\n?.*")
