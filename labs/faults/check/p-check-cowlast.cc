// p-check-cowlast - without any memory left, who has a page alone can write to it
//
//    Words as in p-check-cow.
#include "u-faults.hh"

constexpr unsigned count = 4;
constexpr uintptr_t base = PROC_START_ADDR + 0x20000, start = base + 0x10000;

void process_main() {
    check_begin();
    for (unsigned n = 0; n < count; ++n) {
        need(call_page_alloc, sys_page_alloc(reinterpret_cast<void*>(base + n * PAGESIZE)));
        for (unsigned word = 0; word < PAGESIZE / 8; ++word) {
            word_at(base + n * PAGESIZE + 8 * word) = pattern(n + word);
        }
    }
    moment("ready", base, count);
    in_part(0, [] { word_at(base) = 62; });             // it is a shared page until the child has gone
    uint64_t taken = 0;
    while (sys_page_alloc(reinterpret_cast<void*>(start + taken * PAGESIZE)) == 0) ++taken;
    moment("full", taken, start);
    for (unsigned n = 0; n < count; ++n) {
        uintptr_t va = base + n * PAGESIZE + 8 * uintptr_t(rand(0, 511));
        moment("writes", va, 0);
        word_at(va) = word_at(va) + 1;
        moment("wrote", va, 0);
    }
    check_done();
}
