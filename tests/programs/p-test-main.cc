// p-test-main - a program may have a main, and returning from it exits
//
//    Outside: `ok` from pid 1, then its exit; no fault. Others start it to see its status, 61.
#include "u-test.hh"

int main() {
    expect("a stack aligned as C wants it", 0,
           int64_t(reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) % 16));
    auto stack_page = reinterpret_cast<volatile uint64_t*>(MEMSIZE_VIRTUAL - PAGESIZE);
    expect("a stack of zeros", 0, int64_t(*stack_page));
    log_printf("ok");
    return 61;
}
