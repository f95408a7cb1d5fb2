// p-test-pagealloc - sys_page_alloc gives new zero pages anywhere in a process's range, or refuses
// and changes nothing
//
//    Outside: `ok` from pid 1; no fault. The last child, which replaces its own stack's page, logs
//    `stack replaced`.
#include "u-test.hh"

static void refuse(uintptr_t address) {
    expect("the result for a bad address", E_INVAL,
           sys_page_alloc(reinterpret_cast<void*>(address)));
}

static void refuse_bad_addresses() {
    constexpr uintptr_t bad[] = {0,
                                 1,
                                 PAGESIZE,
                                 0x40000,
                                 0x9F000,
                                 CONSOLE_ADDR,
                                 CONSOLE_ADDR + PAGESIZE,
                                 PROC_START_ADDR - PAGESIZE,
                                 PROC_START_ADDR - 1,
                                 PROC_START_ADDR + 1,
                                 0x180001,
                                 0x180800,
                                 0x180FFF,
                                 MEMSIZE_VIRTUAL - 1,
                                 MEMSIZE_VIRTUAL,
                                 MEMSIZE_VIRTUAL + PAGESIZE,
                                 0x40000000,
                                 0x100000000 + 0x180000,
                                 VA_LOWEND - PAGESIZE,
                                 VA_LOWEND,
                                 VA_HIGHMIN,
                                 VA_HIGHMIN + 0x180000,
                                 UINTPTR_MAX - PAGESIZE + 1,
                                 UINTPTR_MAX,
                                 0x8000'0000'0018'0000,
                                 0xFFFF'0000'0018'0000};
    for (uintptr_t address : bad) refuse(address);
}

static void expect_word(unsigned n, uint64_t value) {
    for (unsigned i = 0; i < PAGESIZE / 8; ++i) {
        expect("a page's word", int64_t(value), int64_t(page(n)[i]));
    }
}

static void fill(unsigned n, uint64_t value) {
    for (unsigned i = 0; i < PAGESIZE / 8; ++i) page(n)[i] = value;
}

static void get_zero_pages() {
    constexpr unsigned places[] = {0, 1, 7, 200, 300, 400};
    for (unsigned n : places) {
        expect("sys_page_alloc", 0, sys_page_alloc(page(n)));
        expect_word(n, 0);
        fill(n, 0x1111 * (n + 1));
    }
    expect("sys_page_alloc over a page", 0, sys_page_alloc(page(7)));
    expect_word(7, 0);
    expect_word(0, 0x1111);
    expect_word(1, 0x2222);
    expect_word(200, 0x1111 * 201);
    expect("sys_page_alloc of the last page but one", 0,
           sys_page_alloc(reinterpret_cast<void*>(MEMSIZE_VIRTUAL - 2 * PAGESIZE)));
}

// Memory that another process has filled and given back comes back as zeros.
static void see_no_old_contents() {
    shared_words[1] = 0;
    if (sys_fork() == 0) {
        unsigned n = 0;
        for (; sys_page_alloc(page(n)) >= 0; ++n) fill(n, 0x5EC2E7);
        shared_words[1] = 1;
        sys_exit();
    }
    wait_for(1, 1);
    yield_often();
    for (unsigned n = 20; n < 180; ++n) {
        expect("sys_page_alloc", 0, sys_page_alloc(page(n)));
        expect_word(n, 0);
    }
}

// With no memory left, new pages are refused and so is replacing one; what was there stays.
static void run_out() {
    unsigned n = 0;
    for (; n < 500; ++n) {
        int result = sys_page_alloc(page(n));
        if (result == E_NOMEM) break;
        expect("sys_page_alloc", 0, result);
        fill(n, n + 1);
    }
    expect("memory to run out", n < 500);
    expect("sys_page_alloc again", E_NOMEM, sys_page_alloc(page(n)));
    expect("sys_page_alloc over a page", E_NOMEM, sys_page_alloc(page(n / 2)));
    expect("sys_page_alloc over the first page", E_NOMEM, sys_page_alloc(page(0)));
    for (unsigned i = 0; i < n; ++i) expect_word(i, i + 1);
    refuse_bad_addresses();
}

// On a stack of its own, replace the page of the old one.
extern "C" [[noreturn]] void replace_stack() {
    auto stack = reinterpret_cast<uint64_t*>(MEMSIZE_VIRTUAL - PAGESIZE);
    expect("sys_page_alloc over the stack", 0, sys_page_alloc(stack));
    for (unsigned i = 0; i < PAGESIZE / 8; ++i) {
        expect("the new stack's word", 0, int64_t(stack[i]));
    }
    log_printf("stack replaced");
    shared_words[1] = 2;
    sys_exit();
}

void process_main() {
    refuse_bad_addresses();
    if (sys_fork() == 0) {
        expect("sys_page_alloc", 0, sys_page_alloc(page(0)));
        asm volatile("movq %0, %%rsp; xorl %%ebp, %%ebp; call replace_stack" : : "r"(page(1))
                     : "memory");
    }
    wait_for(1, 2);
    get_zero_pages();
    see_no_old_contents();
    run_out();
    pass();
}
