"""typist.py - this process's input, typed line by line at the machine's keyboard

The kernel logs `reads pid=N` when a process waits for a line. Then, and only then, a line of the input is read and
typed; the machine's time stands still while the input has none. At the input's end Ctrl-D is typed.
"""
import os
import sys

HOLD = 2                                # ms of the machine's time for each key
SHIFTED = dict(zip('~!@#$%^&*()_+{}|:"<>?', "`1234567890-=[]\\;',./"))
NAMES = {" ": "spc", "\n": "ret", "\b": "backspace", "`": "grave_accent", "-": "minus", "=": "equal",
         "[": "bracket_left", "]": "bracket_right", "\\": "backslash", ";": "semicolon", "'": "apostrophe",
         ",": "comma", ".": "dot", "/": "slash"}


def keys_of(character):
    """QEMU's names of the keys that type `character`, to be pressed together; () if none do."""
    if character.isascii() and character.isupper() or character in SHIFTED:
        return "shift", *keys_of(SHIFTED.get(character, character.lower()))
    if character.isascii() and character.isalnum():
        return (character,)
    return (NAMES[character],) if character in NAMES else ()


class Typist:
    """`meanwhile(machine)` is to be called now and then while the machine runs."""

    def __init__(self, file=None):
        self.file = file or sys.stdin.buffer
        self.nread = 0                  # lines that were asked for and typed

    def meanwhile(self, machine):
        if machine.log().count("\nreads pid=") <= self.nread:
            return
        self.nread += 1
        machine.stop()
        line = self.file.readline().decode(errors="replace")
        machine.cont()
        for character in line.expandtabs():
            if keys := keys_of(character):
                machine.send_key(*keys, hold=HOLD)
        if not line.endswith("\n"):
            machine.send_key("ctrl", "d", hold=HOLD)


def typist():
    """One for this process's input; None if there is none."""
    try:
        os.fstat(0)
        return Typist()
    except OSError:
        return None
