// 2022: the console by cells, by text and by format
#include "u-lib.hh"

void process_main() {
    console_clear();
    assert(cursorpos == 0 && (console[0] & 0xFF) == ' ');
    assert_eq(console_puts(CPOS(3, 4), COLOR_SUCCESS, "four", 4), CPOS(3, 8));
    assert_eq(console[CPOS(3, 7)], COLOR_SUCCESS | 'r');
    console_printf("at the cursor\n");
    assert_eq(cursorpos, CPOS(1, 0));
    error_printf("an error\n");
    assert_eq(console[CPOS(1, 0)] & 0xFF00, COLOR_ERROR);
    assert_eq(CROW(CPOS(7, 9)), 7);
    assert_eq(CCOL(CPOS(7, 9)), 9);
    static_assert(END_CPOS == CONSOLE_ROWS * CONSOLE_COLUMNS);
    console[CPOS(24, 79)] = 0x0F00 | '*';
}
