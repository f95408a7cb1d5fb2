// p-check-eager - with the boot word `heap=eager`, the heap's pages come at once, or not at all
#include "u-faults.hh"

void process_main() {
    check_begin();
    in_part(0, [] {
        uintptr_t base = grow_heap(0);
        int64_t result = int64_t(sys_sbrk(8 * PAGESIZE));
        moment("brought", base, 8, result);
        uintptr_t hole = base + 3 * PAGESIZE;
        need(call_page_free, sys_page_free(reinterpret_cast<void*>(hole)));
        try_in_child(hole, to_read);
        uint64_t pages = (guard - base) / PAGESIZE - 16;        // more than there are
        moment("asks", base, pages);
        moment("answered", base, uint64_t(sys_sbrk(intptr_t(pages * PAGESIZE))));
    });
    check_done();
}
