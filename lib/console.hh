// console.hh - the text screen: 80 by 25 cells
//
//    A cell is a character in the low byte and its colour in the high one. The screen lies in every
//    process's memory as well as the kernel's, cursor included, so nothing read from it is
//    believed: whatever the arguments and `cursorpos` say, printing touches these 2,000 cells and
//    `cursorpos`, and nothing else.
#ifndef KINGLET_CONSOLE_HH
#define KINGLET_CONSOLE_HH
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include "format.hh"

constexpr int CONSOLE_COLUMNS = 80;
constexpr int CONSOLE_ROWS = 25;
constexpr int END_CPOS = CONSOLE_ROWS * CONSOLE_COLUMNS;

// Both are placed by the linker script, at `CONSOLE_ADDR` and `CURSORPOS_ADDR`.
extern volatile uint16_t console[END_CPOS];
extern volatile int cursorpos;          // where the next character goes: 80 * row + column

// CPOS(row, column), CROW(cpos), CCOL(cpos)
//    A position on the screen, and its parts. A position has a type of its own, so that
//    `console_printf` can tell it from a colour; as a number it is `80 * row + column`.
enum console_position : int {
};
constexpr console_position CPOS(int row, int column) {
    return console_position(row * CONSOLE_COLUMNS + column);
}
constexpr int CROW(int cpos) { return cpos / CONSOLE_COLUMNS; }
constexpr int CCOL(int cpos) { return cpos % CONSOLE_COLUMNS; }

// Colours: bits 8 to 11 are the foreground's, 12 to 15 the background's (and `COLOR_NORMAL` in
// format.hh)
constexpr int COLOR_ERROR = 0xC000;     // black on red
constexpr int COLOR_SUCCESS = 0x0A00;   // green on black
constexpr int COLOR_GRAY = COLOR_NORMAL;
constexpr int COLOR_WHITE = 0x0F00;

// The same as escape sequences, which a printed text may contain: `ESC [`, numbers, `m` (ECMA-48,
// 8.3.117). Any other sequence prints nothing.
#define CS_NORMAL "\x1B[m"
#define CS_WHITE "\x1B[1m"
#define CS_RED "\x1B[91m"
#define CS_YELLOW "\x1B[93m"
#define CS_GREEN "\x1B[32m"
#define CS_CYAN "\x1B[96m"
#define CS_BLUE "\x1B[94m"
#define CS_PURPLE "\x1B[35m"
#define CS_ERROR "\x1B[41;1m"
#define CS_SUCCESS "\x1B[32;1m"
#define CS_ECHO "\x1B[36m"

// console_clear()
//    Empty the screen and move the cursor to its upper left corner.
void console_clear();

// cell_on_screen(cpos), cell_behind(cpos, c)
//    `cell_on_screen` is `cpos` if that is a position on the screen or its end, else 0.
//    `cell_behind` is the position after the character `c` at `cpos`.
constexpr int cell_on_screen(int cpos) { return cpos < 0 || cpos > END_CPOS ? 0 : cpos; }
constexpr int cell_behind(int cpos, char c) {
    if (cpos == END_CPOS) cpos = 0;
    return c == '\n' ? cpos - CCOL(cpos) + CONSOLE_COLUMNS : cpos + 1;
}

// console_draw(first_row, cpos, color, s, length)
//    Draw the `length` characters at `s` into cells, starting at `cpos`; after the last cell comes
//    the first. A negative `cpos` means the cursor: then the cursor moves, and at the end of the
//    screen the rows from `first_row` on move up. A newline empties the rest of its row, in
//    `color`. Returns the position after the last character.
int console_draw(int first_row, int cpos, int color, const char* s, size_t length);

// console_write(cpos, color, s, length)
//    All that is printed passes here: the kernel draws it (device/screen.cc), a program asks the
//    kernel to (user/u-lib.cc). Returns the position after the last character.
int console_write(int cpos, int color, const char* s, size_t length);

// console_puts(cpos, color, s, length)
//    Print the `length` characters at `s` as `console_draw` draws them. At the end of the screen,
//    the rows that programs have move up: all rows with the boot word view=text, else the last two.
int console_puts(int cpos, int color, const char* s, size_t length);

// console_printf([cpos,] [color,] format, ...)
//    The same, printing as `printf` does (format.hh), `%C` with an `int` changing the colour.
//    Without `cpos` it prints at the cursor, without `color` in grey on black. What `CPOS` returns
//    is a position. Courses use a plain `int` before the format as a colour or as a position: here
//    it is a colour if it is a multiple of 256 other than 0, else a position.
int console_vprintf(int cpos, int color, const char* format, va_list arguments) SCREEN_FORMAT(3, 0);
int console_vprintf(int cpos, const char* format, va_list arguments) SCREEN_FORMAT(2, 0);
int console_printf(int cpos, int color, const char* format, ...) SCREEN_FORMAT(3, 4);
int console_printf(console_position cpos, int color, const char* format, ...) SCREEN_FORMAT(3, 4);
int console_printf(console_position cpos, const char* format, ...) SCREEN_FORMAT(2, 3);
int console_printf(int cpos_or_color, const char* format, ...) SCREEN_FORMAT(2, 3);
int console_printf(const char* format, ...) SCREEN_FORMAT(1, 2);

// error_printf([cpos,] [color,] format, ...)
//    The same in the colour of errors, unless one is given.
int error_vprintf(int cpos, int color, const char* format, va_list arguments) SCREEN_FORMAT(3, 0);
int error_vprintf(const char* format, va_list arguments) SCREEN_FORMAT(1, 0);
int error_printf(int cpos, int color, const char* format, ...) SCREEN_FORMAT(3, 4)
    __attribute__((cold));
int error_printf(console_position cpos, int color, const char* format, ...) SCREEN_FORMAT(3, 4)
    __attribute__((cold));
int error_printf(console_position cpos, const char* format, ...) SCREEN_FORMAT(2, 3)
    __attribute__((cold));
int error_printf(int cpos_or_color, const char* format, ...) SCREEN_FORMAT(2, 3)
    __attribute__((cold));
int error_printf(const char* format, ...) SCREEN_FORMAT(1, 2) __attribute__((cold));

#endif
