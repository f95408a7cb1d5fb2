"""gdbstub.py - a small client of QEMU's gdb stub

For tests and the grader, which look at a run and disturb it without gdb itself: registers, memory (virtual, or
physical), breakpoints, single steps. The machine stops when a `Stub` connects. (GDB manual, appendix E.)
"""
import struct

# The order of QEMU's x86-64 registers: sixteen general ones, rip, eflags (32 bits), six selectors (32 bits each).
GENERAL = "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip".split()
SHORT = "eflags cs ss ds es fs gs".split()


class Stub:
    """`connection` is a connected socket. All addresses are virtual unless `physical(True)` was called."""

    def __init__(self, connection, timeout=60):
        self.socket = connection
        self.socket.settimeout(timeout)
        self.buffer = b""
        self.command("?")

    def _byte(self):
        if not self.buffer:
            self.buffer = self.socket.recv(65536)
            if not self.buffer:
                raise EOFError("QEMU has ended")
        first, self.buffer = self.buffer[:1], self.buffer[1:]
        return first

    def send(self, text):
        data = text.encode()
        self.socket.sendall(b"$" + data + b"#%02x" % (sum(data) & 255))

    def receive(self):
        """The next packet's text."""
        while self._byte() != b"$":
            pass
        data = b""
        while (byte := self._byte()) != b"#":
            data += byte
        self._byte()
        self._byte()
        self.socket.sendall(b"+")
        return data.decode("latin-1")

    def command(self, text):
        self.send(text)
        return self.receive()

    def checked(self, text):
        answer = self.command(text)
        if answer != "OK":
            raise RuntimeError(f"the gdb stub answered {answer!r} to {text[:40]!r}")

    def physical(self, on):
        """Whether memory addresses are physical from now on."""
        self.checked(f"Qqemu.PhyMemMode:{int(on)}")

    def read(self, address, size):
        answer = self.command(f"m{address:x},{size:x}")
        if answer.startswith("E"):
            raise RuntimeError(f"cannot read {size} bytes at {address:#x}")
        return bytes.fromhex(answer)

    def write(self, address, data):
        self.checked(f"M{address:x},{len(data):x}:{data.hex()}")

    def registers(self):
        """All of them by name."""
        data = bytes.fromhex(self.command("g"))
        result = dict(zip(GENERAL, struct.unpack_from("<17Q", data)))
        result.update(zip(SHORT, struct.unpack_from("<7I", data, 17 * 8)))
        return result

    def set_register(self, name, value):
        if name in GENERAL:
            index, size = GENERAL.index(name), 8
        else:
            index, size = len(GENERAL) + SHORT.index(name), 4
        self.checked(f"P{index:x}={value.to_bytes(size, 'little').hex()}")

    def set_breakpoint(self, address):
        self.checked(f"Z1,{address:x},1")

    def clear_breakpoint(self, address):
        self.checked(f"z1,{address:x},1")

    def step(self):
        """One instruction."""
        return self.command("s")

    def cont(self):
        """Runs until the next stop; returns the stop's packet (`T05...` for a breakpoint, `W..` at the end)."""
        return self.command("c")

    def resume(self):
        """Lets it run without waiting; `interrupt` stops it again."""
        self.send("c")

    def interrupt(self):
        self.socket.sendall(b"\x03")
        return self.receive()

    def detach(self):
        """Lets it run, and leaves."""
        self.checked("D")
