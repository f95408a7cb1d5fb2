// p-check-cowshort - without memory for a copy, the kernel says so, and the page stays as it was
//
//    Moments as in p-check-short.
#include "u-faults.hh"

static void ask(uintptr_t va) {
    moment("asks", va);
    moment("answered", va, sys_memory(reinterpret_cast<memory_report*>(va)));
}

void process_main() {
    check_begin();
    uintptr_t base = PROC_START_ADDR + 0x20000, far = far_away(base + 4 * PAGESIZE);
    for (unsigned n = 0; n < 3; ++n) {
        need(call_page_alloc, sys_page_alloc(reinterpret_cast<void*>(base + n * PAGESIZE)));
        word_at(base + n * PAGESIZE) = pattern(n);
    }
    moment("part", 0);
    shared_words[1] = 0;
    pid_t witness = start_child([] {    // has all of it for as long as the other asks
        shared_words[1] = 1;
        wait_for(1, 2);
    });
    wait_for(1, 1);
    hoard all = {far, far};
    moment("full", base, all.take());
    ask(base + 16);
    need(call_page_free, sys_page_free(reinterpret_cast<void*>(far)));
    ask(base + PAGESIZE + 16);
    ask(base + 2 * PAGESIZE + 16);
    shared_words[1] = 2;
    end_part(0, status_of(witness));
    check_done();
}
