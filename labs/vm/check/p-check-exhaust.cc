// p-check-exhaust - one process takes all memory there is, and asks for more
//
//    full(count, address, result): `count` pages from the heap's start on, marked; the next, at `address`, was refused.
//    refused(address, result): so was this one.   end(count): it still runs.
#include "u-check-vm.hh"

void process_main() {
    check_begin();
    uintptr_t first = heap_start();
    unsigned count = take_pages(first, 1000);
    uintptr_t next = first + count * PAGESIZE;
    if (next > stack_page()) next += PAGESIZE;
    moment("full", count, next, last_result);
    for (unsigned n = 0; n < 6; ++n) {
        uintptr_t va = MEMSIZE_VIRTUAL - (unsigned(rand(2, 40)) * PAGESIZE);
        moment("before", va);
        int result = page_alloc(va);
        moment("refused", va, result);
    }
    for (unsigned n = 0; n < count; ++n) touch(first + n * PAGESIZE);
    moment("end", count);
    check_done();
}
