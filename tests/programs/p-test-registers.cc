// p-test-registers - a process finds its registers as it left them, and never anybody else's
//
//    Outside: `ok` from pid 1, `child ok` from another; no fault.
#include "u-registers.hh"

static void set_selectors(uint32_t selector) {
    asm volatile("movl %0, %%ds; movl %0, %%es; movl %0, %%fs; movl %0, %%gs" : : "r"(selector)
                 : "memory");
}

static void expect_selectors(uint32_t selector) {
    uint32_t ds, es, fs, gs;
    asm volatile("movl %%ds, %0; movl %%es, %1; movl %%fs, %2; movl %%gs, %3" : "=r"(ds), "=r"(es),
                                                                                "=r"(fs), "=r"(gs));
    expect("ds", selector, ds);
    expect("es", selector, es);
    expect("fs", selector, fs);
    expect("gs", selector, gs);
}

// The process that runs while the first shared word is odd waits for it to become even, and so on:
// both wait without calls, so each is taken off the CPU while it has all its registers filled.
static void take_turns(bool odd, uint64_t pattern, uint32_t selector) {
    set_selectors(selector);
    for (unsigned i = 0; i < 4; ++i) {
        fill_registers(pattern + i);
        (odd ? registers_while_odd : registers_while_even)();
        expect_registers();
        expect_selectors(selector);
        shared_words[0] = shared_words[0] + 1;
    }
}

static void make_calls(uint64_t pattern, uint32_t selector) {
    set_selectors(selector);
    for (unsigned i = 0; i < 50; ++i) {
        fill_registers(pattern + i);
        expect("sys_getpid", sys_getpid(), make_syscall_with_registers(SYSCALL_GETPID));
        expect("sys_yield", 0, make_syscall_with_registers(SYSCALL_YIELD));
        expect("an unknown call", E_NOSYS, make_syscall_with_registers(NSYSCALL));
        expect("a refused call", E_INVAL, make_syscall_with_registers(SYSCALL_PAGE_ALLOC));
        expect_selectors(selector);
    }
}

void process_main() {
    shared_words[0] = 0;
    set_selectors(SEGSEL_USER_DATA);
    pid_t child = sys_fork();
    expect("a child", child >= 0);
    if (child == 0) {
        expect_selectors(SEGSEL_USER_DATA);
        take_turns(false, 0xC1C2'C3C4'C5C6'C7C8, 0);
        make_calls(0xD1D2'D3D4'D5D6'D7D8, SEGSEL_USER_CODE);
        log_printf("child ok");
        sys_exit();
    }
    shared_words[0] = 1;
    take_turns(true, 0xA1A2'A3A4'A5A6'A7A8, SEGSEL_USER_DATA);
    make_calls(0xB1B2'B3B4'B5B6'B7B8, 0);
    for (int i = 0; i < 500; ++i) sys_yield();
    pass();
}
