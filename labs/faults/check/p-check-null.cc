// p-check-null - to read, write or execute at address 0, or to touch the kernel's memory, stops a process, and no other
#include "u-faults.hh"

void process_main() {
    check_begin();
    moment("start");
    constexpr uintptr_t addresses[] = {0, 8, PAGESIZE / 2, PAGESIZE - 8};
    for (uintptr_t va : addresses) try_in_child(va, to_read);
    for (uintptr_t va : addresses) try_in_child(va, to_write);
    try_in_child(0, to_execute);
    constexpr uintptr_t kernels[] = {PAGESIZE, KERNEL_START_ADDR + 8, PROC_START_ADDR - 8};
    for (uintptr_t va : kernels) try_in_child(va, to_read);
    for (uintptr_t va : kernels) try_in_child(va, to_write);
    in_part(0, [] {
        moment("call", 0, load_text);
        moment("called", 0, load_text, sys_log(nullptr));
        moment("call", 0, store_report);
        moment("called", 0, store_report, sys_memory(nullptr));
    });
    moment("end");
    check_done();
}
