#include "console.hh"
#include "abi.hh"
#include "string.hh"

namespace {

using four_cells [[gnu::may_alias]] = volatile uint64_t;
constexpr int fours_per_row = CONSOLE_COLUMNS / 4;
constexpr uint64_t blank = ' ' | COLOR_NORMAL,
                   four_blanks = blank << 48 | blank << 32 | blank << 16 | blank;

// An escape sequence that is being read: `ESC`, `[`, numbers with `;` between them, a letter.
struct escape_reader {
    enum {
        nothing,
        escape,
        numbers
    } seen = nothing;
    int number = 0;
    int color = 0;                      // what it will be at the end
    bool is_bold = false;

    // Take `c`, if it belongs to a sequence: only then is the answer true. A whole one may change
    // the printer's colour.
    bool take(unsigned char c, int& printers_color) {
        if (seen == nothing) {
            if (c == '\x1B') seen = escape;
            return c == '\x1B';
        }
        if (seen == escape) {
            seen = c == '[' ? numbers : nothing;
            number = 0;
            color = printers_color;
        } else if (isdigit(c)) {
            number = (number * 10 + c - '0') % 1000;
        } else {
            apply_number();
            number = 0;
            if (c == 'm') printers_color = color;
            if (c >= '@') seen = nothing;
        }
        return true;
    }

    // Change `color` as `number` says. ECMA-48 counts hues with red and blue exchanged; bold ones
    // are bright here.
    void apply_number() {
        constexpr uint8_t hues[] = {0, 4, 2, 6, 1, 5, 3, 7, 0, 0};
        int hue = hues[number % 10], kind = number % 10 < 8 ? number / 10 : -1;
        if (number <= 1) is_bold = number == 1;
        if (number == 0) color = COLOR_NORMAL;
        if (number == 1) color |= 0x0800;
        if (kind == 3) color = (color & ~0x0F00) | hue << 8 | is_bold << 11;
        if (kind == 4) color = (color & ~0xF000) | hue << 12;
        if (kind == 9) color = (color & ~0x0F00) | (hue | 8) << 8;
        if (kind == 10) color = (color & ~0xF000) | (hue | 8) << 12;
    }
};

// Collects what has one colour, to hand it on at once.
struct console_printer : printer {
    int cell;                           // where the text goes; negative: at the cursor
    int text_color = COLOR_NORMAL;
    size_t length = 0;
    char text[write_limit];
    escape_reader escapes;

    console_printer(int cpos, int color)
        : cell(cpos > END_CPOS ? 0 : cpos) {
        color_ = color;
    }

    void hand_on() {
        if (length == 0) return;
        int end = console_write(cell, text_color, text, length);
        if (cell >= 0) cell = end;
        length = 0;
    }

    void putc(unsigned char c) override {
        if (escapes.take(c, color_)) return;
        if (length == sizeof(text) || color_ != text_color) hand_on();
        text_color = color_;
        text[length++] = char(c);
    }

    int finish() {
        hand_on();
        return cell < 0 ? cell_on_screen(cursorpos) : cell;
    }
};

// Move the rows from `first_row` on up by one. Four cells at a time: the screen's memory is slow.
void scroll(int first_row) {
    auto cells = reinterpret_cast<four_cells*>(console);
    constexpr int last = (CONSOLE_ROWS - 1) * fours_per_row;
    for (int i = first_row * fours_per_row; i < last; ++i) cells[i] = cells[i + fours_per_row];
    for (int i = last; i < last + fours_per_row; ++i) cells[i] = four_blanks;
}

}

void console_clear() {
    auto cells = reinterpret_cast<four_cells*>(console);
    for (int i = 0; i < CONSOLE_ROWS * fours_per_row; ++i) cells[i] = four_blanks;
    cursorpos = 0;
}

int console_draw(int first_row, int cpos, int color, const char* s, size_t length) {
    bool is_at_cursor = cpos < 0;
    int cell = cell_on_screen(is_at_cursor ? cursorpos : cpos);
    for (size_t i = 0; i < length; ++i) {
        if (cell == END_CPOS && is_at_cursor) {
            scroll(first_row);
            cell -= CONSOLE_COLUMNS;
        }
        if (cell == END_CPOS) cell = 0;
        int end = cell_behind(cell, s[i]);
        uint8_t c = s[i] == '\n' ? ' ' : uint8_t(s[i]);
        while (cell < end) console[cell++] = uint16_t(c | (color & 0xFF00));
    }
    if (is_at_cursor) cursorpos = cell;
    return cell;
}

int console_puts(int cpos, int color, const char* s, size_t length) {
    console_printer out(cpos, color);
    for (size_t i = 0; i < length; ++i) out.putc(uint8_t(s[i]));
    return out.finish();
}

int console_vprintf(int cpos, int color, const char* format, va_list arguments) {
    console_printer out(cpos, color);
    out.vprintf(format, arguments);
    return out.finish();
}

int console_vprintf(int cpos, const char* format, va_list arguments) {
    return console_vprintf(cpos, COLOR_NORMAL, format, arguments);
}

int error_vprintf(int cpos, int color, const char* format, va_list arguments) {
    return console_vprintf(cpos, color, format, arguments);
}

int error_vprintf(const char* format, va_list arguments) {
    return console_vprintf(-1, COLOR_ERROR, format, arguments);
}

// Whether a number means a colour, and not a position, where it may be either.
static bool is_color(int x) {
    return x > 0 && x % 256 == 0;
}

// The body of a function whose last named parameter is `format`: print the rest at `cpos` in
// `color`.
#define PRINT_REST(cpos, color) \
    va_list arguments; \
    va_start(arguments, format); \
    int end = console_vprintf(cpos, color, format, arguments); \
    va_end(arguments); \
    return end

int console_printf(int cpos, int color, const char* format, ...) {
    PRINT_REST(cpos, color);
}

int console_printf(console_position cpos, int color, const char* format, ...) {
    PRINT_REST(cpos, color);
}

int console_printf(console_position cpos, const char* format, ...) {
    PRINT_REST(cpos, COLOR_NORMAL);
}

int console_printf(int cpos_or_color, const char* format, ...) {
    PRINT_REST(is_color(cpos_or_color) ? -1 : cpos_or_color,
               is_color(cpos_or_color) ? cpos_or_color : COLOR_NORMAL);
}

int console_printf(const char* format, ...) {
    PRINT_REST(-1, COLOR_NORMAL);
}

int error_printf(int cpos, int color, const char* format, ...) {
    PRINT_REST(cpos, color);
}

int error_printf(console_position cpos, int color, const char* format, ...) {
    PRINT_REST(cpos, color);
}

int error_printf(console_position cpos, const char* format, ...) {
    PRINT_REST(cpos, COLOR_ERROR);
}

int error_printf(int cpos_or_color, const char* format, ...) {
    PRINT_REST(is_color(cpos_or_color) ? -1 : cpos_or_color,
               is_color(cpos_or_color) ? cpos_or_color : COLOR_ERROR);
}

int error_printf(const char* format, ...) {
    PRINT_REST(-1, COLOR_ERROR);
}
