// p-test-screen - a process may write whatever it likes to the screen's page, and the kernel and
// others go on
//
//    Outside: `ok` from pid 1; 8 page faults, whose messages the kernel prints at a cursor made of
//    nonsense; the final screen is a screen.
#include "u-test.hh"

void process_main() {
    constexpr int cursors[] = {-1, -2'000'000'000, INT32_MAX, END_CPOS,
                               END_CPOS + 1, END_CPOS - 1, 0x40000, 1'000'000};
    for (int cursor : cursors) {
        for (auto& cell : console) cell = 0xCEFF;
        cursorpos = cursor;
        try_in_child({"a write to nothing",
                      [](uintptr_t) { *reinterpret_cast<volatile int*>(0x180000) = 1; }});
        cursorpos = cursor;
        console_printf("at a cursor of %d\n", cursor);
        expect("a cursor on the screen", cursorpos >= 0 && cursorpos <= END_CPOS);
        console_printf(cursor, COLOR_NORMAL, "%s\n", "at a position of nonsense");
        int end_position = console_printf(console_position(cursor), "x");
        expect("a position on the screen", end_position >= 0 && end_position <= END_CPOS);
    }
    console_clear();
    expect("the cursor", 0, cursorpos);
    for (int i = 0; i < CONSOLE_ROWS + 2; ++i) console_printf("line %d\n", i);
    expect("the row at the top", '0', console[CPOS(0, 5)] & 0xFF);
    expect("the row that moved up", '5', console[CPOS(23, 6)] & 0xFF);
    expect("the cursor", END_CPOS, cursorpos);
    pass();
}
