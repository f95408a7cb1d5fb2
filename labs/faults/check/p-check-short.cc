// p-check-short - without memory a promise is not kept, the kernel says so, and nothing has changed
//
//    Moments: "asks" address; "answered" address, result: `sys_memory` to that address.
#include "u-faults.hh"

static void ask(uintptr_t va) {
    moment("asks", va);
    moment("answered", va, sys_memory(reinterpret_cast<memory_report*>(va)));
}

void process_main() {
    check_begin();
    in_part(0, [] {
        uintptr_t step = is_big_machine() ? LARGE_PAGESIZE : PAGESIZE;      // each in another page table, there
        uintptr_t base = grow_heap(0);
        grow_heap(int64_t(4 * step));
        access(base, to_read);
        uintptr_t far = far_away(base + 16 * PAGESIZE);
        hoard all = {far, far};
        moment("full", base, all.take());
        ask(base + step);
        ask(base);                      // which was read
        need(call_page_free, sys_page_free(reinterpret_cast<void*>(far)));
        ask(base + 2 * step);           // a page is left, and may not be enough
        need(call_page_free, sys_page_free(reinterpret_cast<void*>(far + PAGESIZE)));
        ask(base + 8);
    });
    check_done();
}
