// 2025: a position before the format, and colours as escape sequences
#include "u-lib.hh"

void process_main() {
    int at = console_printf(CPOS(23, 0), CS_RED "r" CS_GREEN "g" CS_NORMAL "n" CS_ERROR "e");
    assert_eq(at, CPOS(23, 4));
    assert_eq(console[CPOS(23, 0)], 0x0C00 | 'r');
    assert_eq(console[CPOS(23, 1)], 0x0200 | 'g');
    assert_eq(console[CPOS(23, 2)], COLOR_GRAY | 'n');
    assert_eq(console[CPOS(23, 3)], 0x4F00 | 'e');
    int position = CPOS(24, 1);
    at = console_printf(position, "%d%C%s", 61, COLOR_WHITE, "white");
    assert_eq(at, position + 7);
    assert_eq(console[position + 2], COLOR_WHITE | 'w');
    assert_eq(console_puts(-1, COLOR_SUCCESS, "", 0), cursorpos);
    console_printf(CS_SUCCESS "well" CS_NORMAL "\n");
    error_printf("an error\n");
}
