"""gdbstub.py - a small client of QEMU's gdb stub

For tests and the grader, which look at a run and disturb it without gdb itself: registers, memory (virtual, or
physical), breakpoints, single steps. The machine stops when a `Stub` connects. (GDB manual, appendix E.)
"""
import struct
import time

LONGEST_PACKET = 1 << 20

# The order of QEMU's x86-64 registers: sixteen general ones, rip, eflags (32 bits), six selectors (32 bits each).
GENERAL = "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip".split()
SHORT = "eflags cs ss ds es fs gs".split()


class Stub:
    """`connection` is a connected socket. All addresses are virtual unless `physical(True)` was called. While an answer
    is waited for, which may take `timeout` seconds, `wake` is called each second."""

    def __init__(self, connection, timeout=60, wake=lambda: None):
        self.socket = connection
        self.socket.settimeout(1)
        self.timeout, self.wake = timeout, wake
        self.buffer = b""
        self.command("?")

    def send(self, text):
        data = text.encode()
        self.socket.sendall(b"$" + data + b"#%02x" % (sum(data) & 255))

    def receive(self):
        """The next packet's text."""
        while (end := self.buffer.find(b"#", self.buffer.find(b"$") + 1)) < 0 or len(self.buffer) < end + 3:
            if len(self.buffer) > LONGEST_PACKET:
                raise RuntimeError("the gdb stub sent a packet without end")
            data = self.wait_for_data()
            if not data:
                raise EOFError("QEMU has ended")
            self.buffer += data
        packet, self.buffer = self.buffer[self.buffer.find(b"$") + 1:end], self.buffer[end + 3:]
        self.socket.sendall(b"+")
        return packet.decode("latin-1")

    def wait_for_data(self):
        deadline = time.monotonic() + self.timeout
        while True:
            try:
                return self.socket.recv(65536)
            except TimeoutError:
                if time.monotonic() > deadline:
                    raise
            self.wake()

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
        try:
            data = bytes.fromhex(answer)
        except ValueError:
            data = b""
        if answer.startswith("E") or len(data) != size:
            raise RuntimeError(f"cannot read {size} bytes at {address:#x}")
        return data

    def write(self, address, data):
        self.checked(f"M{address:x},{len(data):x}:{data.hex()}")

    def registers(self):
        """All of them by name."""
        data = self.register_bytes()
        result = dict(zip(GENERAL, struct.unpack_from("<17Q", data)))
        result.update(zip(SHORT, struct.unpack_from("<7I", data, 17 * 8)))
        return result

    def register_bytes(self, least=17 * 8 + 7 * 4):
        """All registers as they are sent, at `least` so many bytes."""
        answer = self.command("g")
        try:
            data = bytes.fromhex(answer)
        except ValueError:
            data = b""
        if len(data) < least:
            raise RuntimeError(f"the gdb stub answered {answer[:40]!r}, which are no registers")
        return data

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
