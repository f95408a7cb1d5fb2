// p-check-four-heaps - four processes take all memory, at the same addresses
//
//    From 1 MiB behind `PROC_START_ADDR` on, where none of their programs lies.
//    grown(quarter, first, end): `[first, end)` is there and marked by `quarter + 1`.
//    refused(quarter, address, result): no more.   end(quarter): the last one still runs.
#include "u-check-vm.hh"

void process_main() {
    check_begin();
    unsigned self = quarter(), speed = unsigned(rand(1, 4));
    uintptr_t first = MEMSIZE_PHYSICAL, va = first;
    for (unsigned n = 0;; ++n) {
        if (va == stack_page()) break;
        int result = page_alloc(va);
        if (result < 0) {
            moment("refused", self, va, result);
            for (int i = 0; i < 20; ++i) sys_yield();
            if (page_alloc(va) == 0) va += PAGESIZE;    // refused again, and nobody dies of it
            break;
        }
        mark_page(va, self + 1);
        va += PAGESIZE;
        if (n % 32 == 5) moment("grown", self, first, va);
        if (n % speed == 0) sys_yield();
    }
    moment("grown", self, first, va);
    if (self < 3) wait_for_ever();
    let_others_run();
    moment("end", self);
    check_done();
}
