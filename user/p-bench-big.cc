// p-bench-big - what fork, exit and wait cost a process of many pages, in instructions
//
//    As p-bench, in a big machine of more than 1 GiB. Logs, for N touched pages, `bench fork_exit_wait_N=COUNT` and
//    `bench fork_N=COUNT`, what of it is the call of fork alone.
#include "u-test.hh"

static uint64_t* heap;

// The first word of page `n` of the heap
static uint64_t& word(size_t n) {
    return heap[n * PAGESIZE / 8];
}

// Touch all of a heap of `pages` pages, which has been touched up to page `start`.
static void grow(size_t start, size_t pages) {
    expect("sys_sbrk", reinterpret_cast<int64_t>(&word(start)), sbrk(intptr_t((pages - start) * PAGESIZE)));
    for (size_t n = start; n < pages; ++n) word(n) = n + 1;
    expect("pages", memory_now().resident >= pages);
}

// The child exits at once. The parent writes to its stack while the child is there, and to nothing else.
static void bench_fork_exit_wait(size_t pages) {
    constexpr unsigned n = 50;
    uint64_t start = rdtsc(), least = UINT64_MAX;
    for (unsigned i = 0; i < n; ++i) {
        uint64_t before = rdtsc();
        pid_t child = sys_fork();
        if (child == 0) sys_exit();
        least = min(least, rdtsc() - before);
        if (sys_wait(child) != child) fail("the child's end");
    }
    uint64_t cost = (rdtsc() - start + n / 2) / n;
    log_printf("bench fork_exit_wait_%zu=%lu", pages, cost);
    log_printf("bench fork_%zu=%lu", pages, least);
}

void process_main() {
    constexpr size_t fewest = 16, few = 1024, many = 262'144;
    heap = static_cast<uint64_t*>(sys_sbrk(0));
    grow(0, fewest);
    bench_fork_exit_wait(fewest);
    grow(fewest, few);
    bench_fork_exit_wait(few);
    grow(few, many);
    bench_fork_exit_wait(many);
    expect("a child that writes", 0, in_child([] { word(many - 1) = 0; }));
    for (size_t n = 0; n < many; n += 1000) expect("the word written", int64_t(n + 1), int64_t(word(n)));
    expect("the last word written", int64_t(many), int64_t(word(many - 1)));
    pass();
}
