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

void process_main() {
    check_begin();
    leave_junk();
    in_part(0, promise_and_touch);
    in_part(1, shrink_and_grow);
    in_part(2, leave_heap);
    check_done();
}
