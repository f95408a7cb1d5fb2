#include "console.hh"

namespace {

struct console_printer : printer {
    int cell;
    bool scrolls;

    console_printer(int cpos, int color)
        : cell(cpos < 0 ? cursorpos : cpos), scrolls(cpos < 0) {
        color_ = color;
        if (cell < 0 || cell > END_CPOS) cell = 0;
    }

    void put_cell(unsigned char c) {
        console[cell++] = uint16_t(c | (color_ & 0xFF00));
    }

    void putc(unsigned char c) override {
        if (cell == END_CPOS) start_over();
        if (c != '\n') return put_cell(c);
        do put_cell(' '); while (cell % CONSOLE_COLUMNS != 0);
    }

    // After the last cell comes the first, or a new last row.
    void start_over() {
        cell = 0;
        if (!scrolls) return;
        for (; cell < END_CPOS - CONSOLE_COLUMNS; ++cell) console[cell] = console[cell + CONSOLE_COLUMNS];
        for (int i = cell; i < END_CPOS; ++i) console[i] = ' ' | COLOR_NORMAL;
    }

    int finish() {
        if (scrolls) cursorpos = cell;
        return cell;
    }
};

}

void console_clear() {
    using four_cells [[gnu::may_alias]] = volatile uint64_t;
    constexpr uint64_t blank = ' ' | COLOR_NORMAL, blanks = blank << 48 | blank << 32 | blank << 16 | blank;
    auto cells = reinterpret_cast<four_cells*>(console);
    for (int i = 0; i < CONSOLE_ROWS * CONSOLE_COLUMNS / 4; ++i) cells[i] = blanks;
    cursorpos = 0;
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
