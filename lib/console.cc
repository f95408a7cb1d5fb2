#include "console.hh"
#include "abi.hh"

namespace {

using four_cells [[gnu::may_alias]] = volatile uint64_t;
constexpr int fours_per_row = CONSOLE_COLUMNS / 4;
constexpr uint64_t blank = ' ' | COLOR_NORMAL, four_blanks = blank << 48 | blank << 32 | blank << 16 | blank;

// Collects what has one colour, to hand it on at once.
struct console_printer : printer {
    int cell;                           // where the text goes; negative: at the cursor
    int text_color = COLOR_NORMAL;
    size_t length = 0;
    char text[write_limit];

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

int error_vprintf(int cpos, int color, const char* format, va_list arguments) {
    return console_vprintf(cpos, color, format, arguments);
}

// The body of a function whose last named parameter is `format`: print the rest at `cpos` in `color`.
#define PRINT_REST(cpos, color)                                                                                        \
    va_list arguments;                                                                                                 \
    va_start(arguments, format);                                                                                       \
    int end = console_vprintf(cpos, color, format, arguments);                                                         \
    va_end(arguments)

int console_printf(int cpos, int color, const char* format, ...) {
    PRINT_REST(cpos, color);
    return end;
}

int console_printf(console_position cpos, int color, const char* format, ...) {
    PRINT_REST(cpos, color);
    return end;
}

int console_printf(console_position cpos, const char* format, ...) {
    PRINT_REST(cpos, COLOR_NORMAL);
    return end;
}

void console_printf(int color, const char* format, ...) {
    PRINT_REST(-1, color);
    (void) end;
}

void console_printf(const char* format, ...) {
    PRINT_REST(-1, COLOR_NORMAL);
    (void) end;
}

int error_printf(int cpos, int color, const char* format, ...) {
    PRINT_REST(cpos, color);
    return end;
}

int error_printf(console_position cpos, int color, const char* format, ...) {
    PRINT_REST(cpos, color);
    return end;
}

int error_printf(console_position cpos, const char* format, ...) {
    PRINT_REST(cpos, COLOR_ERROR);
    return end;
}

void error_printf(int color, const char* format, ...) {
    PRINT_REST(-1, color);
    (void) end;
}

void error_printf(const char* format, ...) {
    PRINT_REST(-1, COLOR_ERROR);
    (void) end;
}
