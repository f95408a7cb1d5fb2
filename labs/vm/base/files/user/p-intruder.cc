// p-intruder - takes a page among the kernel's, then writes over the kernel's own code, if it may
//
//    A kernel that keeps processes out answers the first with an error, and stops the process at the second.
#include "u-lib.hh"

constexpr int looking_time = 2000;      // milliseconds

void process_main() {
    int taken = sys_page_alloc(reinterpret_cast<void*>(KERNEL_START_ADDR - PAGESIZE));
    log_printf("a page just below the kernel: %s", taken == 0 ? "mine" : "refused");
    console_printf(CPOS(23, 0), COLOR_ERROR, "A page just below the kernel: %s. The kernel's code is next.",
                   taken == 0 ? "mine" : "refused");
    sys_sleep(looking_time);
    memset(reinterpret_cast<void*>(KERNEL_START_ADDR), 0xCC, PAGESIZE);
    log_printf("the kernel's code is written over");
    for (;;) sys_yield();
}
