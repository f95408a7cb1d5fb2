#include "device/log.hh"
#include "lib.hh"
#include "x86-64.hh"

// The parallel port (IEEE 1284, compatibility mode)
constexpr uint16_t data_port = 0x378, status_port = 0x379, control_port = 0x37A;
constexpr uint8_t not_busy = 0x80;
constexpr uint8_t control_strobe = 0x01, control_init = 0x04, control_select = 0x08;
constexpr int patience = 12800;                     // looks at a busy port before it is dead

static void write_character(char c) {
    static bool is_dead;
    int looks = is_dead ? 1 : patience;
    while (looks > 0 && !(inb(status_port) & not_busy)) {
        --looks;
        pause();
    }
    is_dead = looks == 0;
    outb(data_port, uint8_t(c));
    outb(control_port, control_select | control_init | control_strobe);
    outb(control_port, control_select | control_init);
}

void log_vprintf(const char* format, va_list arguments) {
    char line[log_line_limit + 1];
    vsnprintf(line, sizeof(line), format, arguments);
    for (const char* c = line; *c; ++c) write_character(*c >= ' ' && *c <= '~' ? *c : '?');
    write_character('\n');
}

void log_printf(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    log_vprintf(format, arguments);
    va_end(arguments);
}
