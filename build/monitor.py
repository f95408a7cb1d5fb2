"""monitor.py - QEMU's machine protocol (QMP), as a client speaks it"""
import json
import select
import time

from problem import Problem


class Monitor:
    """QEMU's machine protocol (QMP) over a connected socket."""
    LONGEST = 64 << 20                  # bytes of a message

    def __init__(self, connection):
        self.socket = connection
        self.buffer = b""
        self.events = []                # not yet asked for
        self.closed = False

    def fileno(self):
        return self.socket.fileno()

    def receive(self, timeout):
        """The next message, or None after `timeout` seconds (None: wait for ever) or once QEMU has gone."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while b"\n" not in self.buffer:
            left = None if deadline is None else max(0, deadline - time.monotonic())
            if self.closed or not select.select([self.socket], [], [], left)[0]:
                return None
            try:
                data = self.socket.recv(65536)
            except OSError:
                data = b""
            self.closed = not data
            self.buffer += data
            if len(self.buffer) > self.LONGEST:
                raise Problem("QEMU's monitor sent a message without end: is QEMU= a QEMU?")
        line, self.buffer = self.buffer.split(b"\n", 1)
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            raise Problem(f"QEMU's monitor sent what is no message, {line[:40]!r}: is QEMU= a QEMU?")
        return message

    def command(self, name, **arguments):
        """Executes `name`; returns what it returns. Raises Problem if QEMU refuses, or is gone."""
        message = {"execute": name, "arguments": {key.replace("_", "-"): value for key, value in arguments.items()}}
        try:
            self.socket.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            self.closed = True
        while True:
            answer = self.receive(None)
            if answer is None:
                raise Problem(f"QEMU ended before it answered {name}")
            if "event" in answer:
                self.events.append(answer)
            elif "error" in answer:
                error = answer["error"]
                raise Problem(f"QEMU refused {name}: {error.get('desc') if isinstance(error, dict) else error}")
            elif "return" in answer:
                return answer["return"]

    def event(self, timeout):
        """The next event, or None, as `receive`."""
        if self.events:
            return self.events.pop(0)
        return self.receive(timeout)
