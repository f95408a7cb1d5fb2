// p-test-text - what a program prints with `view=text`: all rows are its own, and messages stand
// among them
//
//    Outside: `ok` from pid 1; one fault; the rows of the screen.
#include "u-test.hh"

void process_main() {
    for (int i = 1; i <= 40; ++i) console_printf("row %d\n", i);
    console_printf(0x0C00, "half a row");
    try_in_child({"null", read_byte});
    console_printf(CPOS(2, 20), COLOR_SUCCESS, "at its place");
    console_printf("the end\n");
    console[CPOS(0, 79)] = COLOR_SUCCESS | '*';
    log_printf("a line\n");
    pass();
}
