// p-check-tables - after fork, parent and child have the same last-level page tables, until one changes a page there
//
//    For the big machine, where the heap has tables of its own. Words of "born" and the like: where the first table
//    begins, and how many there are; in each, some pages were touched. "writes" and "wrote": the address, and whether
//    somebody else has its table as well. "changes" and "changed": what, and the address.
#include "u-faults.hh"

constexpr unsigned count = 8, touched[] = {0, 1, 511};
enum change { to_protect, to_free, to_alloc, to_store, to_keep_promise, to_shrink };

static uintptr_t base;

static uintptr_t page_in(unsigned table, unsigned n) { return base + table * LARGE_PAGESIZE + n * PAGESIZE; }

static void touch_all() {
    base = round_up(grow_heap(0), LARGE_PAGESIZE);
    grow_heap(int64_t(base + count * LARGE_PAGESIZE - grow_heap(0)));
    for (unsigned table = 0; table < count; ++table) {
        for (unsigned n : touched) access(page_in(table, n), to_write);
    }
    need(call_mprotect, sys_mprotect(reinterpret_cast<void*>(page_in(7, 1)), PAGESIZE, PROT_READ));
}

static void write(uintptr_t va, uint64_t others) {
    moment("writes", va, others);
    word_at(va) = 61;
    moment("wrote", va, others);
}

// Every kind of change, each in a table that was not changed before
static void make(change what, uintptr_t va) {
    auto page = reinterpret_cast<void*>(va);
    int64_t result = 0;
    moment("changes", what, va);
    if (what == to_protect) result = sys_mprotect(page, 2 * PAGESIZE, PROT_READ);
    if (what == to_free) result = sys_page_free(page);
    if (what == to_alloc) result = sys_page_alloc(page);
    if (what == to_store) result = sys_memory(static_cast<memory_report*>(page));
    if (what == to_keep_promise) access(va, to_read);
    if (what == to_shrink) result = int64_t(sys_sbrk(int64_t(va - grow_heap(0))));
    moment("changed", what, va, is_error(uint64_t(result)) ? result : 0);
}

void process_main() {
    check_begin();
    touch_all();
    moment("ready", base, count);
    moment("part", 0);
    pid_t first = pid_t(need(call_fork, fork_to_moment("born", base, count, 0)));
    if (first == 0) {
        write(page_in(1, 0) + 8, true);
        write(page_in(3, 1), true);
        sys_exit();
    }
    end_part(0, status_of(first));
    moment("alone", base, count);
    in_part(1, [] {
        moment("born", base, count);
        auto closed = reinterpret_cast<memory_report*>(page_in(7, 1));
        moment("refuses", closed);
        moment("refused", closed, uint64_t(sys_memory(closed)));
        make(to_protect, page_in(0, 0));
        make(to_free, page_in(1, 1));
        make(to_alloc, page_in(2, 7));
        make(to_store, page_in(3, 1));
        make(to_keep_promise, page_in(4, 7));
        make(to_shrink, page_in(6, 200));
    });
    moment("end", base, count);
    check_done();
}
