#include "device/screen.hh"
#include "device/timer.hh"
#include "lib.hh"
#include "x86-64.hh"

// VGA registers (IBM VGA technical reference, "CRT controller" and "attribute controller")
constexpr uint16_t crt_index = 0x3D4, crt_data = 0x3D5, crt_cursor_start = 0x0A;
constexpr uint16_t attribute_port = 0x3C0, attribute_read = 0x3C1, attribute_reset = 0x3DA;
constexpr uint8_t cursor_off = 0x20, mode_control = 0x10, display_enabled = 0x20, mode_blink = 0x08;

// Port 0xE9: a virtual machine passes on as text what is written there. Reading the port tells
// whether there is such a machine. (QEMU, isa-debugcon)
constexpr uint16_t text_port = 0xE9;

constexpr uint64_t message_time = 5 * HZ;

static int first_row = program_row;     // of those that programs have
uint64_t message_stays_until;
static bool has_text_port;
static int port_cpos;                   // where on the screen the text for the port ends
static char port_last = '\n';           // its last character

// Write the text to the port. Text that does not follow the last one on the screen begins a new
// line there.
static void write_to_port(int cpos, const char* s, size_t length) {
    if (!has_text_port || length == 0) return;
    if (cpos != port_cpos && port_last != '\n') outb(text_port, '\n');
    for (size_t i = 0; i < length; ++i) outb(text_port, uint8_t(s[i]));
    port_last = s[length - 1];
}

int console_write(int cpos, int color, const char* s, size_t length) {
    write_to_port(cpos < 0 ? cursorpos : cpos, s, length);
    return port_cpos = console_draw(first_row, cpos, color, s, length);
}

void echo_typed(char c) {
    int cell = cell_on_screen(cursorpos);
    if (c != '\b') {
        console_draw(first_row, -1, COLOR_NORMAL, &c, 1);
    } else if (cell > CPOS(first_row, 0)) {
        console_draw(first_row, cell - 1, COLOR_NORMAL, " ", 1);
        cursorpos = cell - 1;
    }
    port_cpos = cursorpos;
    if (c == '\n') port_last = '\n';
}

void init_screen(bool is_text) {
    outb(crt_index, crt_cursor_start);
    outb(crt_data, cursor_off);
    inb(attribute_reset);               // the next write to the port is an index
    outb(attribute_port, mode_control | display_enabled);
    uint8_t mode = inb(attribute_read);
    outb(attribute_port, uint8_t(mode & ~mode_blink));
    console_clear();
    first_row = is_text ? 0 : program_row;
    cursorpos = CPOS(first_row, 0);
    has_text_port = inb(text_port) == text_port;
}

static void write_row(int row, const char* text, int color) {
    for (int column = 0; column < CONSOLE_COLUMNS; ++column) {
        console[CPOS(row, column)] = uint16_t(uint8_t(*text ? *text : ' ') | color);
        if (*text) ++text;
    }
}

void print_message(const char* text, int color) {
    if (first_row != 0) {
        write_to_port(-1, text, strlen(text));
        write_to_port(port_cpos, "\n", 1);
        return;
    }
    if (CCOL(cursorpos) != 0) console_write(-1, COLOR_NORMAL, "\n", 1);
    console_printf(color, "%s", text);
    console_printf("\n");
}

void show_message(const char* text, int color) {
    print_message(text, color);
    if (first_row == 0) return;
    message_stays_until = ticks + message_time;
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
