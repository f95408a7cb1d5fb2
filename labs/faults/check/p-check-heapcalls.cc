// p-check-heapcalls - a system call finds memory where the heap was promised and nobody has touched it yet
#include "u-faults.hh"

void process_main() {
    check_begin();
    in_part(0, [] {
        uintptr_t base = grow_heap(12 * PAGESIZE);
        moment("promised", base, 12, base);
        call_with(base, store_report);
        call_with(base + 2 * PAGESIZE - 8, store_report);       // in two pages
        call_with(base + 4 * PAGESIZE + 8, store_mapping);
        call_with(base + 5 * PAGESIZE, load_text);
        call_with(base + 5 * PAGESIZE + 16, store_report);      // one that was only read
        call_with(base + 7 * PAGESIZE + 40, store_status);
    });
    check_done();
}
