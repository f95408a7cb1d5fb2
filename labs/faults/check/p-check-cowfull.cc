// p-check-cowfull - fork works with hardly any memory left; who then writes more than there is stops, and nobody else
#include "u-faults.hh"

constexpr uintptr_t base = PROC_START_ADDR + 0x20000;
constexpr unsigned left = 14;           // pages: enough for a child's page tables and some copies

void process_main() {
    check_begin();
    unsigned count = 0;
    for (; base + count * PAGESIZE < guard; ++count) {
        uintptr_t va = base + count * PAGESIZE;
        if (sys_page_alloc(reinterpret_cast<void*>(va)) < 0) break;
        word_at(va) = pattern(va);
    }
    for (unsigned n = 0; n < left; ++n) {
        --count;
        need(call_page_free, sys_page_free(reinterpret_cast<void*>(base + count * PAGESIZE)));
    }
    moment("full", base, count);
    for (int round = 0; round < 2; ++round) {
        pid_t child = sys_fork();
        if (child == 0) {
            moment("born", base, count);
            for (unsigned n = 0; n < count; ++n) word_at(base + n * PAGESIZE) = 62;
            moment("survived", base, to_write);
            sys_exit();
        }
        moment("forked", child, base, count);
        if (is_error(uint64_t(child))) break;
        int status = status_of(child);
        moment("gone", status, base, count);
    }
    for (unsigned n = 0; n < count; ++n) word_at(base + n * PAGESIZE) = 63;
    moment("wrote", base, count);
    check_done();
}
