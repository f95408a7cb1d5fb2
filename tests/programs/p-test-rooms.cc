// p-test-rooms - says how many pages each step takes, which depends on what the kernel does for
// memory on demand
//
//    Outside: `ok` from pid 1; `sbrk=A read=B write=C fork=D stack=E`: free pages taken by a heap
//    of 20 pages, by a read of one of them, by a write to all of them, and by a fork; how many
//    pages the stack may have besides its own. In the big machine, the 20 pages lie below 20 page
//    tables.
#include "u-test.hh"

constexpr unsigned pages = 20;
enum {
    free_in_child
};

// How many free pages the last step took
static int64_t taken() {
    static uint64_t free;
    uint64_t before = free;
    free = memory_now().free;
    return int64_t(before - free);
}

void process_main() {
    memory_report start = memory_now();
    bool is_big = start.total > MEMSIZE_PHYSICAL / PAGESIZE;
    uint64_t distance = is_big ? LARGE_PAGESIZE : PAGESIZE;
    auto heap = uintptr_t(sbrk(0));
    taken();
    expect("sys_sbrk", int64_t(heap), sbrk(intptr_t(pages * distance)));
    int64_t by_sbrk = taken();
    read_byte(heap);
    int64_t by_read = taken();
    for (unsigned n = 0; n < pages; ++n) write_byte(heap + n * distance);
    int64_t by_write = taken();
    uint64_t free = memory_now().free;
    expect("a child", 0, in_child([] { shared_words[free_in_child] = memory_now().free; }));
    log_printf("sbrk=%ld read=%ld write=%ld fork=%ld stack=%lu", by_sbrk, by_read, by_write,
               int64_t(free - shared_words[free_in_child]), start.promised);
    pass();
}
