"""console.py - QEMU's text display in this terminal, with a way out

QEMU's own terminal display gives every key to the guest, Ctrl-C too, so a wedged guest could not be ended from the
keyboard. Here QEMU runs on a terminal of its own (a pty). A thread carries what QEMU writes to the real terminal, from
QEMU's first byte to its last: a pty holds little, and QEMU stands still when it is full. `carry` takes keys the other
way: all but Ctrl-C, which always ends the run. Whatever happens, the real terminal is left as it was found.
"""
import curses
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import threading
import tty

from screen import COLUMNS, ROWS

CTRL_C = b"\x03"
# Leave the alternate screen, normal attributes, show the cursor: for when QEMU could not put things right itself.
RESTORE = b"\x1b[?1049l\x1b[0m\x1b[?25h\x1b[?1l\x1b>\r"
# The start of an order to the terminal whose end is still to come
UNFINISHED = re.compile(rb"\x1b[^A-Za-z]*\Z")
QUIET = 0.05                            # seconds without output, after which a picture is whole


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


def window_size():
    """The real terminal's rows and columns; (0, 0) if it does not know."""
    try:
        return struct.unpack("HHHH", fcntl.ioctl(1, termios.TIOCGWINSZ, bytes(8)))[:2]
    except OSError:
        return 0, 0


def too_small():
    """That the picture has no room here, in a sentence, or None."""
    rows, columns = window_size()
    if not rows or rows >= ROWS and columns >= COLUMNS:
        return None
    return f"The picture needs {COLUMNS}x{ROWS}, this terminal has {columns}x{rows}: enlarge it."


def write_all(data):
    """Writes `data` to the real terminal. If that has gone, there is nobody to write to."""
    try:
        while data:
            data = data[os.write(1, data):]
    except OSError:
        pass


class Console:
    """The real terminal, lent to QEMU:

        with Console() as terminal, Machine(..., terminal=terminal) as machine:
            terminal.carry(machine.monitor, handle)

    The machine takes a pty by `open`, and says by `started` that QEMU has it."""

    def __init__(self):
        self.master = None
        self.reader = None

    def __enter__(self):
        self.before = termios.tcgetattr(0)
        tty.setraw(0)                   # but for Ctrl-C, until `carry` sees to it
        mode = termios.tcgetattr(0)
        mode[3] |= termios.ISIG
        mode[6][termios.VQUIT] = mode[6][termios.VSUSP] = b"\0"
        termios.tcsetattr(0, termios.TCSANOW, mode)
        return self

    def __exit__(self, *_):
        if self.reader:
            self.reader.join(2)         # it ends with QEMU, whose own restoring of the screen comes last
        write_all(RESTORE)
        termios.tcsetattr(0, termios.TCSAFLUSH, self.before)

    def open(self):
        """A new pty. Returns QEMU's end of it, for the caller to close."""
        self.master, slave = pty.openpty()
        os.set_blocking(self.master, False)
        self.copy_window_size()
        return slave

    def started(self):
        """QEMU has its end, and nobody else has."""
        self.reader = threading.Thread(target=self._carry_output, args=[self.master], daemon=True)
        self.reader.start()

    def copy_window_size(self, *_):
        rows, columns = window_size()
        if rows:
            fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    @staticmethod
    def _carry_output(master):
        """Until QEMU has closed its end. In a terminal that is too small, says so over each picture's first row."""
        last, note_is_due = b"", False
        while True:
            if not select.select([master], [], [], QUIET if note_is_due else None)[0]:
                if not UNFINISHED.search(last):
                    note = (too_small() or "").encode()[:window_size()[1]]
                    write_all(note and b"\x1b7\x1b[1;1H\x1b[0;7m" + note + b"\x1b[0m\x1b8")
                    note_is_due = False
                continue
            try:
                last = os.read(master, 65536)
            except OSError:
                return
            write_all(last)
            note_is_due = too_small() is not None

    def carry(self, watched, handle):
        """Carries keys until `handle()`, called whenever the socket `watched` has something to read, returns true,
        or Ctrl-C is typed, or a signal asks to end. Returns what ended it: "" for `handle`, else a phrase."""
        wake_reader, wake_writer = os.pipe()
        os.set_blocking(wake_writer, False)
        asked = []
        signals = {signal.SIGWINCH: self.copy_window_size}
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signals[number] = lambda number, _: (asked.append(signal.Signals(number).name),
                                                 os.write(wake_writer, b"!"))
        previous = {number: signal.signal(number, action) for number, action in signals.items()}
        tty.setraw(0)
        self.copy_window_size()         # it may have changed since the pty was opened
        try:
            while not asked:
                ready = select.select([0, watched, wake_reader], [], [])[0]
                if 0 in ready:
                    typed = os.read(0, 1024)
                    if CTRL_C in typed:
                        return "Ctrl-C"
                    if not typed:
                        return "the end of its input"
                    self._type(typed)
                if watched in ready and handle():
                    return ""
            return asked[0]
        finally:
            for number, action in previous.items():
                signal.signal(number, action)

    def _type(self, keys):
        try:
            os.write(self.master, keys)
        except BlockingIOError:         # QEMU takes none
            pass
