// p-check-heap - what `sys_sbrk` promises comes page by page when it is touched, and goes when the heap shrinks
#include "u-faults.hh"

constexpr unsigned promised = 24, touched = 8;

static void promise_and_touch() {
    uintptr_t base = grow_heap(0);
    moment("before", base);
    int64_t result = int64_t(sys_sbrk(promised * PAGESIZE));
    moment("promised", base, promised, result);
    unsigned pages[promised];
    for (unsigned i = 0; i < promised; ++i) pages[i] = i;
    shuffle(pages, promised);
    for (unsigned i = 0; i < touched; ++i) {
        uintptr_t va = base + pages[i] * PAGESIZE + 8 * uintptr_t(rand(0, 511));
        if (i % 2 == 0) touch(va, to_read);
        if (i < 6) touch(va, to_write);
    }
    if (pages[0] != promised - 1) touch(base + promised * PAGESIZE - 8, to_write);
    moment("last", base, promised);
}

// Give back all but the first three pages, and have them again. Part 1.
static void shrink_and_grow() {
    uintptr_t base = grow_heap(8 * PAGESIZE);
    for (unsigned i = 0; i < 8; ++i) access(base + i * PAGESIZE + 8 * i, i % 3 == 1 ? to_read : to_write);
    moment("grown", base, base + 8 * PAGESIZE);
    grow_heap(-5 * PAGESIZE);
    moment("shrunk", base + 3 * PAGESIZE, base + 8 * PAGESIZE);
    try_in_child(base + 3 * PAGESIZE, to_read);
    try_in_child(base + 7 * PAGESIZE, to_write);
    grow_heap(5 * PAGESIZE);
    moment("regrown", base + 3 * PAGESIZE, base + 8 * PAGESIZE);
    for (unsigned i = 3; i < 8; ++i) touch(base + i * PAGESIZE + 8 * i, i % 2 == 0 ? to_read : to_write);
}

// Bytes outside the heap, of which it has two pages, the second one begun with a single byte; and code in the heap
static void leave_heap() {
    uintptr_t base = grow_heap(PAGESIZE + 1);
    try_in_child(base, to_execute);                     // promised, and not there yet
    touch(base + 2 * PAGESIZE - 8, to_write);
    moment("outside", base, base + 2 * PAGESIZE);
    try_in_child(base + 2 * PAGESIZE, to_read);
    try_in_child(base + 2 * PAGESIZE + 8, to_write);
    try_in_child(base + 20 * PAGESIZE, to_write);
    try_in_child(MEMSIZE_VIRTUAL, to_read);
    const uintptr_t starts[] = {base, base + PAGESIZE};
    for (uintptr_t va : starts) {
        word_at(va) = return_instruction;
        try_in_child(va, to_execute);
    }
}

// Promises whose permissions `sys_mprotect` has changed. Part 3.
static void change_promises() {
    uintptr_t base = grow_heap(8 * PAGESIZE), code = base + 2 * PAGESIZE, closed = base + 4 * PAGESIZE;
    auto protect = [](uintptr_t va, unsigned count, int permissions) {
        need(call_mprotect, sys_mprotect(reinterpret_cast<void*>(va), count * PAGESIZE, permissions));
    };
    protect(base, 2, PROT_READ);
    protect(code, 1, PROT_READ | PROT_EXEC);
    protect(closed, 3, PROT_NONE);
    moment("outside", base, base);
    try_in_child(base, to_write);
    try_in_child(base + 8, to_execute);
    try_in_child(closed, to_read);
    try_in_child(closed + PAGESIZE, to_write);
    moment("refused", closed, uint64_t(sys_memory(reinterpret_cast<memory_report*>(closed))));
    touch(base, to_read);
    access(code, to_read);
    moment("code", code);
    protect(closed, 1, PROT_READ | PROT_WRITE);
    touch(closed, to_write);
}

// As many promises as the kernel can keep apart, and then one more. Part 4.
static void fill_regions() {
    constexpr unsigned most = 60;
    uintptr_t base = grow_heap(most * PAGESIZE), last = base + (most - 1) * PAGESIZE;
    sys_mprotect(reinterpret_cast<void*>(last), PAGESIZE, PROT_READ);       // unlike what follows
    for (unsigned n = 1; n < most - 2; n += 2) {
        if (sys_mprotect(reinterpret_cast<void*>(base + n * PAGESIZE), PAGESIZE, PROT_READ) < 0) break;
    }
    for (uintptr_t edge : {base, last - PAGESIZE}) {        // where there is room for one more, but not for two
        sys_mprotect(reinterpret_cast<void*>(edge), PAGESIZE, PROT_NONE);
    }
    int64_t result = int64_t(sys_sbrk(PAGESIZE));
    moment("crowded", last + PAGESIZE, result, grow_heap(0));
    if (!is_error(uint64_t(result))) touch(last + PAGESIZE, to_write);
}

void process_main() {
    check_begin();
    leave_junk();
    in_part(0, promise_and_touch);
    in_part(1, shrink_and_grow);
    in_part(2, leave_heap);
    in_part(3, change_promises);
    in_part(4, fill_regions);
    check_done();
}
