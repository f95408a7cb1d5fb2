// p-test-pointers - the kernel reads a process's string only where the process could
//
//    Outside: `ok` from pid 1; its log has `across two pages`, `to the last byte` and `on the
//    screen`, but no text with `never`. A child panics with the message `across two pages`. No
//    fault.
#include "u-test.hh"

static const char* at(uintptr_t address) {
    return reinterpret_cast<const char*>(address);
}

static void refuse(const char* text) {
    expect("sys_log of a bad pointer", E_FAULT, sys_log(text));
    expect("sys_panic of a bad pointer", E_FAULT,
           int64_t(make_syscall(SYSCALL_PANIC, reinterpret_cast<uintptr_t>(text))));
}

void process_main() {
    constexpr uintptr_t bad[] = {0,
                                 1,
                                 0x1000,
                                 KERNEL_START_ADDR,
                                 KERNEL_LIMIT_ADDR - 1,
                                 CONSOLE_ADDR - 1,
                                 CONSOLE_ADDR + PAGESIZE,
                                 0xF0000,
                                 PROC_START_ADDR - 1,
                                 PROGRAMS_ADDR,
                                 MEMSIZE_VIRTUAL - 17 * PAGESIZE - 1,
                                 MEMSIZE_VIRTUAL,
                                 0x1'0010'0000,
                                 VA_LOWEND - 1,
                                 VA_LOWEND,
                                 0x8000'0000'0010'0000,
                                 VA_HIGHMIN,
                                 UINTPTR_MAX - 1,
                                 UINTPTR_MAX};
    for (uintptr_t address : bad) refuse(at(address));
    refuse(reinterpret_cast<char*>(page(0)));

    // Page 0 and 1 are there, page 2 is not.
    expect("sys_page_alloc", 0, sys_page_alloc(page(0)));
    expect("sys_page_alloc", 0, sys_page_alloc(page(1)));
    auto second = reinterpret_cast<char*>(page(1)), behind = reinterpret_cast<char*>(page(2));
    strcpy(second - 10, "across two pages");
    expect("sys_log across two pages", 0, sys_log(second - 10));
    strcpy(behind - sizeof("to the last byte"), "to the last byte");
    expect("sys_log to the last byte", 0, sys_log(behind - sizeof("to the last byte")));
    expect("sys_log of one byte", 0, sys_log(behind - 1));
    memcpy(behind - 5, "never", 5);
    refuse(behind - 5);
    refuse(behind - 1);
    memset(behind - message_limit + 1, 'n', message_limit - 1);
    refuse(behind - message_limit + 1);

    static const char text[] = "on the screen";
    auto cells = reinterpret_cast<volatile char*>(&shared_words[1]);
    for (unsigned i = 0; i < sizeof(text); ++i) cells[i] = text[i];
    expect("sys_log of the screen's page", 0, sys_log(const_cast<char*>(cells)));
    for (uintptr_t i = CONSOLE_ADDR + PAGESIZE - 16; i < CONSOLE_ADDR + PAGESIZE; ++i) {
        *reinterpret_cast<volatile char*>(i) = 'n';
    }
    refuse(at(CONSOLE_ADDR + PAGESIZE - 16));

    if (sys_fork() == 0) sys_panic(second - 10);
    yield_often();
    pass();
}
