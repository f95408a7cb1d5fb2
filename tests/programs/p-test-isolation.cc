// p-test-isolation - one process alone: the kernel's memory is not its own, page for page
//
//    Needs no fork. Outside: `ok`, then `try a write to the kernel's data` and its page fault, from
//    pid 1.
#include "u-test.hh"

void process_main() {
    for (uintptr_t va = 0; va < PROC_START_ADDR; va += PAGESIZE) {
        if (va == CONSOLE_ADDR) continue;
        int64_t result = sys_log(reinterpret_cast<const char*>(va));
        if (result != E_FAULT) log_printf("page 0x%lx", va);
        expect("the result for the kernel's memory", E_FAULT, result);
    }
    volatile uint16_t& cell = console[CPOS(24, 0)];
    cell = 0x0741;
    expect("a cell of the screen", 0x0741, cell);
    log_printf("ok");
    log_printf("try a write to the kernel's data");
    *reinterpret_cast<volatile uint64_t*>(KERNEL_LIMIT_ADDR - 8) = 0;
    fail("a write to the kernel's data to fault");
}
