// p-check-replace - a process has the same pages replaced, more often than there are pages in memory
//
//    refused(address, result, round): one could not be.   replaced(address, round): now and then.
//    full(kept, count): `count` pages more, until there were none; the page at `kept` was never replaced.
//    asked(kept, result): now it should be.   end(kept, result): it still runs.
#include "u-check-vm.hh"

constexpr unsigned some = 4, rounds = 600;

void process_main() {
    check_begin();
    uintptr_t kept = MEMSIZE_PHYSICAL - PAGESIZE, first = kept + PAGESIZE;
    page_alloc(kept);
    fill_page(kept, 1);
    for (unsigned round = 0; round < rounds; ++round) {
        uintptr_t va = first + unsigned(rand(0, some - 1)) * PAGESIZE;
        int result = page_alloc(va);
        if (result < 0) {
            moment("refused", va, result, round);
            break;
        }
        if (round % 100 == 99) moment("replaced", va, round);
        mark_page(va, 2);
    }
    unsigned count = take_pages(first + some * PAGESIZE, 1000);
    count += take_pages(heap_start(), unsigned((kept - heap_start()) / PAGESIZE));
    moment("full", kept, count);
    int result = page_alloc(kept);
    moment("asked", kept, result);
    touch(kept);
    moment("end", kept, result);
    check_done();
}
