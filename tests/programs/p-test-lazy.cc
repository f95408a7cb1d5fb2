// p-test-lazy - the heap's pages come one by one, when they are first written, and go with the heap
//
//    Outside: `ok` from pid 1; no fault.
#include "u-test.hh"

static void expect_change(const memory_report& before, const memory_report& after, int64_t pages) {
    expect("free pages taken", pages, int64_t(before.free - after.free));
    expect("new pages", pages, int64_t(after.resident - before.resident));
    expect("promises kept", pages, int64_t(before.promised - after.promised));
    expect("faults that brought a page", pages,
           int64_t(after.faults[FAULT_HEAP] - before.faults[FAULT_HEAP]));
}

// The heap from its start up to the stack's guard: more than all memory. Returns its pages.
static unsigned promise_everything() {
    memory_report before = memory_now();
    unsigned reach = before.promised > 0 ? 17 : 2;      // pages of the stack and its guard,
                                                        // promises included
    int64_t room = MEMSIZE_VIRTUAL - reach * PAGESIZE - sbrk(0);
    expect("sys_sbrk", reinterpret_cast<int64_t>(page(0)), sbrk(room));
    expect("one byte more", E_NOMEM, sbrk(1));
    memory_report after = memory_now();
    unsigned pages = unsigned(room) / PAGESIZE;
    expect("promises", pages, int64_t(after.promised - before.promised));
    expect("free pages taken", 0, int64_t(before.free - after.free));
    expect("more promised than free", pages > after.free);
    return pages;
}

void process_main() {
    memory_report start = memory_now();
    unsigned pages = promise_everything();
    memory_report before = memory_now();
    int64_t touched = 0;
    for (unsigned n = 0; n < pages; n += 10) {
        expect("nothing there before", -1, int64_t(mapping_of(page(n)).pa));
        page(n)[n] = n + 1;
        expect_change(before, memory_now(), ++touched);
    }
    page(pages - 1)[511] = 61;
    expect_change(before, memory_now(), touched + 1);
    for (unsigned n = 0; n < pages; n += 10) {
        for (unsigned word = 0; word < PAGESIZE / 8; ++word) {
            expect("a page's word", word == n ? n + 1 : 0, int64_t(page(n)[word]));
        }
    }
    expect_change(before, memory_now(), touched + 1);

    expect("a child's page", 0, in_child([] { *page(1) = 61; }));
    expect("nothing of it here", -1, int64_t(mapping_of(page(1)).pa));
    expect_change(before, memory_now(), touched + 1);

    expect("sys_sbrk", sbrk(-int64_t(pages) * PAGESIZE) > 0);
    memory_report after = memory_now();
    expect("free pages", int64_t(start.free), int64_t(after.free));
    expect("pages", int64_t(start.resident), int64_t(after.resident));
    expect("promises", int64_t(start.promised), int64_t(after.promised));
    pass();
}
