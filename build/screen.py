"""screen.py - the guest's text screen, as text and as a picture file

A screen is the 4000 bytes at physical address 0xB8000: 25 rows of 80 cells, each a character of code page 437 and its
colours (bits 0-3 foreground, 4-7 background).
"""
import re
import struct
import zlib

ADDRESS = 0xB8000
COLUMNS, ROWS = 80, 25
SIZE = COLUMNS * ROWS * 2

# Code page 437's characters 0 to 31 are pictures, not controls.
LOW_CHARACTERS = " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼"
ANSI_ORDER = [0, 4, 2, 6, 1, 5, 3, 7]           # VGA counts blue, green, red; terminals red, green, blue


def character(code):
    return LOW_CHARACTERS[code] if code < 32 else "⌂" if code == 127 else bytes([code]).decode("cp437")


class Screen:
    """`cells` are the 4000 bytes."""

    def __init__(self, cells):
        self.cells = cells

    def row(self, row):
        """The characters of `row`, 0 to 24, without blanks at its end. What is as dark as its background is a blank."""
        return "".join(self.character(row, column) for column in range(COLUMNS)).rstrip()

    def character(self, row, column):
        """The character that is to be seen at (row, column)."""
        color = self.colors(row, column)
        return " " if color & 15 == color >> 4 else character(self.cells[(row * COLUMNS + column) * 2])

    def colors(self, row, column):
        """The color byte at (row, column)."""
        return self.cells[(row * COLUMNS + column) * 2 + 1]

    def text(self):
        """The whole screen as 25 lines."""
        return "".join(self.row(row) + "\n" for row in range(ROWS))

    def ansi(self):
        """The same with colours, as escape sequences for a terminal."""
        lines = []
        for row in range(ROWS):
            line, last = "", None
            for column in range(COLUMNS):
                color = self.colors(row, column)
                if color != last:
                    foreground = ANSI_ORDER[color & 7] + (90 if color & 8 else 30)
                    background = ANSI_ORDER[color >> 4 & 7] + (100 if color & 128 else 40)
                    line += f"\x1b[0;{foreground};{background}m"
                    last = color
                line += character(self.cells[(row * COLUMNS + column) * 2])
            lines.append(line + "\x1b[0m\n")
        return "".join(lines)


def ppm_to_png(ppm):
    """A binary PPM picture (what QEMU's `screendump` writes) as the bytes of a PNG file."""
    header = re.match(rb"P6\s+([0-9]{1,5})\s+([0-9]{1,5})\s+255\s", ppm)
    if not header:
        raise ValueError("not a picture that QEMU writes")
    width, height = int(header[1]), int(header[2])
    pixels = ppm[header.end():]
    if len(pixels) != width * height * 3:
        raise ValueError("not the whole of a picture")
    lines = b"".join(b"\0" + pixels[y * width * 3:(y + 1) * width * 3] for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines, 9))
            + chunk(b"IEND", b""))
