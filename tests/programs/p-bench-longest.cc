// p-bench-longest - the longest time for which the kernel lets no tick come, in instructions
//
//    A big machine's. One process only looks at the time-stamp counter; beside it, others ask for
//    what takes long: with as many pages as there are, or with each in a page table of its own. By
//    turns each has the time from one tick to the next. If the kernel is busy when the tick comes,
//    the turn of the one that looks begins late: that is seen. Logs `bench longest_handler=COUNT`.
#include "u-bench.hh"

constexpr uint64_t tick = 10'000'150;   // instructions from one tick to the next

// shared word: the longest time without a turn
enum {
    longest
};

[[noreturn]] static void look() {
    for (uint64_t last = rdtsc();;) {
        uint64_t now = rdtsc();
        if (now - last > shared_words[longest]) shared_words[longest] = now - last;
        last = now;
    }
}

// Take so many tenths of the memory that is free: a heap in one piece, and pages 8 GiB apart.
static char* heap;
static size_t heap_size;

static void take(size_t tenths, size_t apart) {
    constexpr size_t distance = size_t(8) << 30;
    heap = static_cast<char*>(sys_sbrk(0));
    heap_size = memory_now().free / 10 * tenths * PAGESIZE;
    expect("sys_sbrk", reinterpret_cast<int64_t>(heap),
           reinterpret_cast<int64_t>(sys_sbrk(intptr_t(heap_size))));
    for (size_t offset = 0; offset < heap_size; offset += PAGESIZE) heap[offset] = 1;
    for (size_t i = 1; i <= apart; ++i) {
        expect("a page apart", 0, sys_page_alloc(reinterpret_cast<void*>(i * distance)));
    }
}

// Do everything that takes long, and exit. A copy of everything must find room.
static void ask(size_t apart) {
    take(4, apart);
    memory_now();
    expect("to protect", 0, sys_mprotect(heap, heap_size, PROT_READ));
    expect("to allow", 0, sys_mprotect(heap, heap_size, PROT_READ | PROT_WRITE));
    pid_t child = sys_fork();
    expect("a fork", child >= 0);
    if (child == 0) sys_exit();
    expect("the child's end", child, sys_wait(child));
    expect("to protect after fork", 0, sys_mprotect(heap, heap_size, PROT_READ));
    expect("to shrink", sys_sbrk(-intptr_t(heap_size / 2)) == heap + heap_size);
    const char* arguments[] = {"bench-empty", nullptr};
    child = sys_fork();
    if (child == 0) {
        sys_exec("bench-empty", arguments);
        fail("exec");
    }
    expect("the child's end", child, sys_wait(child));
}

void process_main() {
    shared_words[longest] = 0;
    pid_t looking = start_child(look);
    expect("what takes long", 0, in_child([] { ask(0); }));
    expect("many page tables", 0, in_child([] { ask(memory_now().free / 100); }));
    expect("all of memory", 0, in_child([] { take(9, 0); }));
    memory_now();                                   // when all is given back
    expect("to end who looks", 0, sys_kill(looking));
    uint64_t found = shared_words[longest];
    expect("turns", found > tick);
    log_printf("bench longest_handler=%lu", found - tick);
    pass();
}
