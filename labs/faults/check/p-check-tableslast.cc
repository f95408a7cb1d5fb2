// p-check-tableslast - without any memory left, who has a page table alone can write below it
//
//    For the big machine. Words as in p-check-tables.
#include "u-faults.hh"

constexpr unsigned count = 3;
constexpr uintptr_t far = 0x4000000000;

// Take every second page from `start` on, until there are no more; returns where that was.
static uintptr_t take_every_second(uintptr_t start) {
    while (sys_page_alloc(reinterpret_cast<void*>(start)) == 0) start += 2 * PAGESIZE;
    return start;
}

void process_main() {
    check_begin();
    uintptr_t base = round_up(grow_heap(0), LARGE_PAGESIZE);
    grow_heap(int64_t(base + count * LARGE_PAGESIZE - grow_heap(0)));
    for (unsigned n = 0; n < count; ++n) access(base + n * LARGE_PAGESIZE, to_write);
    moment("ready", base, count);
    in_part(0, [=] { word_at(base) = 62; });
    take_every_second(far);
    take_every_second(far + PAGESIZE);  // a page that is left has no need of a page table now
    moment("full", base, count);
    for (unsigned n = 0; n < count; ++n) {
        uintptr_t va = base + n * LARGE_PAGESIZE + 8;
        moment("writes", va, 0);
        word_at(va) = 61;
        moment("wrote", va, 0);
    }
    check_done();
}
