// p-test-write - `sys_write` prints what a process has, of its own memory, where it says, and no
// more
//
//    Outside: `ok` from pid 1; no fault.
#include "u-test.hh"

static void refuse_nonsense() {
    expect("no such file", E_BADF, sys_write(0, "x", 1));
    expect("nor that", E_BADF, sys_write(-1, "x", 1));
    expect("nor that", E_BADF,
           int64_t(make_syscall(SYSCALL_WRITE, 0x1'0000'0001, PROC_START_ADDR, 1)));
    constexpr uintptr_t foreign[] = {0, KERNEL_START_ADDR, VA_LOWEND, UINTPTR_MAX};
    for (uintptr_t address : foreign) {
        expect("bytes of nobody's", E_FAULT, sys_write(1, reinterpret_cast<char*>(address), 1));
    }
    uintptr_t last = reinterpret_cast<uintptr_t>(page(1)) - 1;
    expect("a page", 0, sys_page_alloc(page(0)));
    *reinterpret_cast<char*>(last) = 'x';
    cursorpos = CPOS(3, 3);
    expect("bytes that end too early", E_FAULT, sys_write(1, reinterpret_cast<char*>(last), 2));
    expect("the cursor as it was", CPOS(3, 3), cursorpos);
    expect("the last byte", 1, sys_write(1, reinterpret_cast<char*>(last), 1));
    expect("a character", COLOR_NORMAL | 'x', console[CPOS(3, 3)]);
    expect("nothing", 0, sys_write(1, "", 0));
}

static void print_in_parts() {
    static char text[write_limit + 10];
    memset(text, 'a', sizeof(text));
    expect("a part", write_limit, sys_write(1, text, sizeof(text), 0x0A00, CPOS(5, 0)));
    expect("its last character", 0x0A00 | 'a', console[CPOS(5, write_limit - 1)]);
    expect("no more", 'a' != (console[CPOS(5, write_limit)] & 0xFF));
    expect("all", CPOS(5, int(sizeof(text))), console_puts(CPOS(5, 0), 0x0A00, text, sizeof(text)));
    expect("the last character", 0x0A00 | 'a', console[CPOS(5, int(sizeof(text)) - 1)]);
}

// The rows above those that move up stay as they are.
static void print_many_rows() {
    cursorpos = CPOS(23, 0);
    console[CPOS(22, 0)] = COLOR_NORMAL | '=';
    for (int i = 0; i < 100; ++i) console_printf("row %d\n", i);
    expect("the row before", COLOR_NORMAL | '=', console[CPOS(22, 0)]);
    expect("the last row but one", COLOR_NORMAL | '8', console[CPOS(23, 5)]);
    console_printf("that was all\\");
}

void process_main() {
    refuse_nonsense();
    print_in_parts();
    print_many_rows();
    pass();
}
