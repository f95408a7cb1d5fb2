#include "device/screen.hh"
#include "lib.hh"
#include "x86-64.hh"

// VGA registers (IBM VGA technical reference, "CRT controller" and "attribute controller")
constexpr uint16_t crt_index = 0x3D4, crt_data = 0x3D5, crt_cursor_start = 0x0A;
constexpr uint16_t attribute_port = 0x3C0, attribute_read = 0x3C1, attribute_reset = 0x3DA;
constexpr uint8_t cursor_off = 0x20, mode_control = 0x10, display_enabled = 0x20, mode_blink = 0x08;

void init_screen() {
    outb(crt_index, crt_cursor_start);
    outb(crt_data, cursor_off);
    inb(attribute_reset);               // the next write to the port is an index
    outb(attribute_port, mode_control | display_enabled);
    uint8_t mode = inb(attribute_read);
    outb(attribute_port, uint8_t(mode & ~mode_blink));
    console_clear();
    cursorpos = CPOS(message_row, 0);
}

static void write_row(int row, const char* text, int color) {
    for (int column = 0; column < CONSOLE_COLUMNS; ++column) {
        console[CPOS(row, column)] = uint16_t(uint8_t(*text ? *text : ' ') | color);
        if (*text) ++text;
    }
}

void show_message(const char* text, int color) {
    if (strlen(text) > CONSOLE_COLUMNS) {
        write_row(message_row, text, color);
        text += CONSOLE_COLUMNS;
    } else {
        for (int column = 0; column < CONSOLE_COLUMNS; ++column) {
            console[CPOS(message_row, column)] = console[CPOS(message_row + 1, column)];
        }
    }
    write_row(message_row + 1, text, color);
}
