"""console.py - QEMU's text display in this terminal, with a way out

QEMU's own terminal display gives every key to the guest, Ctrl-C too, so a wedged guest could not be ended from the
keyboard. Here QEMU runs on a terminal of its own (a pty), and this loop carries bytes between it and the real one:
all but Ctrl-C, which always ends the run. Whatever happens, the real terminal is left as it was found.
"""
import curses
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import tty

CTRL_C = b"\x03"
# Leave the alternate screen, normal attributes, show the cursor: for when QEMU could not put things right itself.
RESTORE = b"\x1b[?1049l\x1b[0m\x1b[?25h\x1b[?1l\x1b>\r"


def problem():
    """Why this terminal cannot show a screen, in a sentence, or None."""
    if not (os.isatty(0) and os.isatty(1)):
        return "run-console needs a terminal; without one there is make run-headless"
    term = os.environ.get("TERM", "")
    try:
        curses.setupterm(term, 1)
    except (curses.error, TypeError):
        return f'this terminal is of an unknown kind (TERM="{term}"): try TERM=xterm, or make run-headless'
    if not curses.tigetstr("cup"):
        return f'this terminal cannot move its cursor (TERM="{term}"): try TERM=xterm, or make run-headless'
    return None


def copy_window_size(terminal):
    try:
        size = fcntl.ioctl(1, termios.TIOCGWINSZ, bytes(8))
        if struct.unpack("HHHH", size)[0]:
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)
    except OSError:
        pass


class Console:
    """A pty for QEMU. `slave` is what QEMU gets as its terminal; `carry` moves bytes until the run ends."""

    def __init__(self):
        self.master, self.slave = pty.openpty()
        copy_window_size(self.master)

    def carry(self, watched, handle):
        """Carries bytes until `handle()`, called whenever the socket `watched` has something to read, returns true,
        or Ctrl-C is typed, or a signal asks to end. Returns True in those latter cases."""
        os.close(self.slave)
        before = termios.tcgetattr(0)
        wake_reader, wake_writer = os.pipe()
        os.set_blocking(wake_writer, False)
        asked = []
        signals = {signal.SIGWINCH: lambda *_: copy_window_size(self.master)}
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signals[number] = lambda *_: (asked.append(True), os.write(wake_writer, b"!"))
        previous = {number: signal.signal(number, action) for number, action in signals.items()}
        inputs = [0, self.master, watched, wake_reader]
        try:
            tty.setraw(0)
            while not asked:
                ready = select.select(inputs, [], [])[0]
                if self.master in ready and not self._forward(self.master, 1):
                    inputs.remove(self.master)
                if 0 in ready:
                    typed = os.read(0, 1024)
                    if not typed or CTRL_C in typed:
                        return True
                    os.write(self.master, typed)
                if watched in ready and handle():
                    return False
            return True
        finally:
            for number, action in previous.items():
                signal.signal(number, action)
            self.drain()
            os.write(1, RESTORE)
            termios.tcsetattr(0, termios.TCSAFLUSH, before)

    @staticmethod
    def _forward(source, target):
        try:
            data = os.read(source, 65536)
        except OSError:                     # QEMU has closed its side
            return False
        while data:
            data = data[os.write(target, data):]
        return True

    def drain(self):
        """Carries what QEMU has still written, such as its own restoring of the screen."""
        while select.select([self.master], [], [], 0)[0] and self._forward(self.master, 1):
            pass
