"""text.py - what programs print, as this process's ordinary output

The kernel writes it to port 0xE9, byte by byte; QEMU hands it on through a socket.
"""
import os
import socket
import threading

from problem import Problem

# What a terminal would take for an order is a question mark.
PRINTABLE = bytes(byte if byte >= 32 and byte != 127 or byte in b"\n\t" else ord("?") for byte in range(256))


class TextPort:
    """What reads port 0xE9. `socket` is what QEMU gets; `follow` begins to print, `with` ends it.

        with TextPort() as port, Machine(image, debugcon=port.socket) as machine:
            port.follow(machine)
            machine.run(limit)
    """

    def __init__(self):
        self.ours, self.socket = socket.socketpair()
        self.thread = None
        self.last = b"\n"               # the last byte
        self.error = None               # why nothing more could be printed

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Once QEMU has ended: prints the rest."""
        self.socket.close()
        if self.thread:
            self.thread.join()
        self.ours.close()
        if self.last != b"\n" and not self.error and os.isatty(1):
            os.write(1, b"\n")

    def follow(self, machine):
        """Prints what comes. If nobody reads it any more, the machine ends."""
        self.socket.close()             # QEMU has it now
        self.thread = threading.Thread(target=self._print, args=[machine])
        self.thread.start()

    def _print(self, machine):
        try:
            while data := self.ours.recv(65536):
                data = data.translate(PRINTABLE)
                self.last = data[-1:]
                while data:
                    data = data[os.write(1, data):]
        except OSError as error:
            self.error = error
            self.ours.shutdown(socket.SHUT_RDWR)    # else QEMU, which cannot write any more, would not hear that it is
            machine.process.terminate()             # to end

    def check(self):
        """Returns whether all could be printed; False if nobody reads it any more, which is no failure (`| head`)."""
        if self.error and not isinstance(self.error, BrokenPipeError):
            raise Problem(f"cannot print what programs print: {self.error.strerror}")
        return not self.error
