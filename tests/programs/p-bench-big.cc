// p-bench-big - what fork, exit and wait cost a process of many pages, in instructions
//
//    As p-bench, in a big machine. For each number N of touched pages that there is memory for,
//    logs `bench fork_exit_wait_N=COUNT`; of that `bench fork_N=COUNT`, the call of fork alone; and
//    `bench exit_N=COUNT`, from the exit of the process that has the pages until its parent has
//    been told and all is given back.
#include "u-bench.hh"

constexpr size_t sizes[] = {16, 64, 256, 1024, 16384, 262'144};

// shared word: the time-stamp counter before a child's exit
enum {
    exiting
};

static uint64_t* heap;

// The first word of page `n` of the heap
static uint64_t& word(size_t n) {
    return heap[n * PAGESIZE / 8];
}

static void touch(size_t pages) {
    expect("sys_sbrk", reinterpret_cast<int64_t>(heap), sbrk(intptr_t(pages * PAGESIZE)));
    for (size_t n = 0; n < pages; ++n) word(n) = n + 1;
    expect("pages", memory_now().resident >= pages);
}

static void check(size_t pages) {
    expect("a child that writes", 0, in_child([=] { word(pages - 1) = 0; }));
    for (size_t n = 0; n < pages; n += 1000) {
        expect("the word written", int64_t(n + 1), int64_t(word(n)));
    }
    expect("the last word written", int64_t(pages), int64_t(word(pages - 1)));
}

// The child exits at once. The parent writes to its stack while the child is there, and to nothing
// else.
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

// A child has so many pages, forks, and exits.
static void bench_pages(size_t pages) {
    pid_t child = start_child([=] {
        touch(pages);
        bench_fork_exit_wait(pages);
        check(pages);
        shared_words[exiting] = rdtsc();
    });
    int status = -1;
    pid_t ended = sys_wait(child, &status);
    memory_now();                                   // once all is given back
    uint64_t told = rdtsc();
    memory_now();                                   // nothing is left: what that took itself
    uint64_t cost = told - shared_words[exiting] - (rdtsc() - told);
    expect("the child's end", child, ended);
    expect("the child's status", 0, status);
    log_printf("bench exit_%zu=%lu", pages, cost);
}

void process_main() {
    constexpr size_t tables_and_others = 600;
    heap = static_cast<uint64_t*>(sys_sbrk(0));
    for (size_t pages : sizes) {
        if (memory_now().free > pages + tables_and_others) bench_pages(pages);
    }
    pass();
}
