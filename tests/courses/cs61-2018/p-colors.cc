// 2018: a colour before the format, %C within it, and app_printf
#include "process.hh"
#include "lib.hh"

void process_main() {
    cursorpos = CPOS(23, 0);
    console_printf(0x0C00, "red %C%s\n", 0x0A00, "green");
    assert(console[CPOS(23, 0)] == (0x0C00 | 'r'));
    assert(console[CPOS(23, 4)] == (0x0A00 | 'g'));
    assert(cursorpos == CPOS(24, 0));
    app_printf(1, "process %d", sys_getpid());
    assert((console[CPOS(24, 0)] & 0xFF) == 'p' && (console[CPOS(24, 0)] & 0xFF00) != 0x0700);
    int at = console_printf(CPOS(22, 70), 0x0F00, "%c%5x", '!', 61);
    assert(at == CPOS(22, 76) && console[CPOS(22, 75)] == (0x0F00 | 'd'));
}
