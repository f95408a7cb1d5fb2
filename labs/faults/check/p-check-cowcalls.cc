// p-check-cowcalls - what the kernel itself writes to a shared page goes to a copy, too
#include "u-faults.hh"

constexpr unsigned count = 6;
constexpr uintptr_t base = PROC_START_ADDR + 0x20000;

void process_main() {
    check_begin();
    for (unsigned n = 0; n < count; ++n) {
        need(call_page_alloc, sys_page_alloc(reinterpret_cast<void*>(base + n * PAGESIZE)));
        word_at(base + n * PAGESIZE) = pattern(n);
    }
    moment("parent", base, count);
    moment("part", 1);
    shared_words[1] = 0;
    pid_t witness = start_child([] {    // has all of it for as long as the others write
        moment("child", base, count);
        shared_words[1] = 1;
        wait_for(1, 2);
        moment("child's", base, count);
    });
    wait_for(1, 1);
    call_with(base + 16, store_report);
    call_with(base + 2 * PAGESIZE - 16, store_report);          // in two pages, one of which it has alone by now
    call_with(base + 3 * PAGESIZE + 4, store_status);
    call_with(base + 4 * PAGESIZE + 8, protect_and_write);
    shared_words[1] = 2;
    int status = status_of(witness);
    end_part(1, status);
    in_part(0, [] {                    // and the same from the child's side
        moment("child", base, count);
        call_with(base + 24, store_report);
        call_with(base + PAGESIZE + 8, store_mapping);
        call_with(base + 2 * PAGESIZE + 8, store_status);
        call_with(base + 5 * PAGESIZE + 8, protect_and_write);
    });
    check_done();
}
