// p-bench - what system calls cost, in instructions
//
//    Run it with instruction counting at one instruction a nanosecond (QEMU's -icount shift=0), where the time-stamp
//    counter counts instructions; a repeated string instruction counts once a repetition. Each figure is the average
//    over many repetitions, with the few instructions of the loop that repeats them; nothing is subtracted.
//    Logs `bench NAME=COUNT` for each, or `not ok` if what was measured did not happen; nothing about the picture if
//    nobody draws it (`view=off`, which all other figures want).
#include "u-test.hh"

static void report(const char* name, uint64_t start, unsigned repetitions) {
    uint64_t cost = rdtsc() - start;
    log_printf("bench %s=%lu", name, (cost + repetitions / 2) / repetitions);
}

// A call that does nothing, there and back
static void bench_null_call() {
    constexpr unsigned n = 20'000;
    pid_t self = sys_getpid(), found = 0;
    uint64_t start = rdtsc();
    for (unsigned i = 0; i < n; i += 10) {
        found = sys_getpid(), found = sys_getpid(), found = sys_getpid(), found = sys_getpid(), found = sys_getpid();
        found = sys_getpid(), found = sys_getpid(), found = sys_getpid(), found = sys_getpid(), found = sys_getpid();
    }
    report("null_call", start, n);
    expect("sys_getpid", self, found);
}

// Two processes that yield to each other; the other one counts its turns, which proves that it has them.
static void bench_yield() {
    constexpr unsigned n = 5'000, margin = 10;
    shared_words[0] = 0;
    pid_t child = sys_fork();
    expect("a child", child >= 0);
    if (child == 0) {
        for (unsigned turn = 1; turn <= n + margin; ++turn) {
            shared_words[0] = turn;
            sys_yield();
        }
        sys_exit();
    }
    sys_yield();
    uint64_t first_turn = shared_words[0];
    uint64_t start = rdtsc();
    for (unsigned i = 0; i < n; ++i) sys_yield();
    report("yield_round_trip", start, n);
    expect("one turn of the other's each time, but for ticks", shared_words[0] - first_turn + margin >= n);
    while (shared_words[0] < n + margin) sys_yield();
    yield_often();
}

// A page that was not there, and the first write to it. All pages are read again afterwards.
static void bench_page_alloc() {
    constexpr unsigned n = 100;
    expect("sys_page_alloc", 0, sys_page_alloc(page(n)));
    uint64_t start = rdtsc();
    for (unsigned i = 0; i < n; ++i) {
        sys_page_alloc(page(i));
        *page(i) = i + 1;
    }
    report("page_alloc", start, n);
    for (unsigned i = 0; i < n; ++i) {
        expect("the word written", i + 1, int64_t(page(i)[0]));
        for (unsigned word = 1; word < PAGESIZE / 8; ++word) expect("a new page's word", 0, int64_t(page(i)[word]));
    }
}

// A small process forks; the child exits at once; the parent has its turn again. There are many more children than
// slots and memory would hold, so each one's are free again before the next. Runs first, while the process is small.
static void bench_fork_exit() {
    constexpr unsigned n = 500;
    uint64_t start = rdtsc();
    for (unsigned i = 0; i < n; ++i) {
        pid_t child = sys_fork();
        if (child == 0) sys_exit();
        if (child < 0) fail("a child");
        sys_yield();
    }
    report("fork_exit", start, n);
}

// A small process forks, the child exits, the parent waits for it. Nothing else is touched.
static void bench_fork_exit_wait() {
    constexpr unsigned n = 500;
    uint64_t start = rdtsc();
    for (unsigned i = 0; i < n; ++i) {
        pid_t child = sys_fork();
        if (child == 0) sys_exit();
        if (sys_wait(child) != child) fail("the child's end");
    }
    report("fork_exit_wait_0", start, n);
}

// Pages of a heap, which are read, written, shared with a child, written by the child, and by the parent afterwards.
// The loops have one memory access a round.
static void bench_faults() {
    constexpr unsigned n = 100;
    expect("sys_sbrk", reinterpret_cast<int64_t>(page(0)), sbrk(2 * n * PAGESIZE));
    memory_report before = memory_now();
    uint64_t start = rdtsc();
    for (unsigned i = 0; i < n; ++i) read_byte(reinterpret_cast<uintptr_t>(page(n + i)));
    report("zero_fault", start, n);
    start = rdtsc();
    for (unsigned i = 0; i < n; ++i) write_byte(reinterpret_cast<uintptr_t>(page(i)));
    report("lazy_fault", start, n);
    memory_report after = memory_now();
    expect("first reads", n, int64_t(after.faults[FAULT_ZERO] - before.faults[FAULT_ZERO]));
    expect("first writes", n, int64_t(after.faults[FAULT_HEAP] - before.faults[FAULT_HEAP]));

    expect("a child's status", 0, in_child([] {
        uint64_t first = memory_now().faults[FAULT_COPY], begin = rdtsc();
        for (unsigned i = 0; i < n; ++i) write_byte(reinterpret_cast<uintptr_t>(page(i)));
        report("cow_copy", begin, n);
        expect("copies", n, int64_t(memory_now().faults[FAULT_COPY] - first));
    }));
    before = memory_now();
    start = rdtsc();
    for (unsigned i = 0; i < n; ++i) write_byte(reinterpret_cast<uintptr_t>(page(i)));
    report("cow_reuse", start, n);
    expect("pages used as they are", n, int64_t(memory_now().faults[FAULT_REUSE] - before.faults[FAULT_REUSE]));
    expect("sys_sbrk", reinterpret_cast<int64_t>(page(2 * n)), sbrk(-2 * int64_t(n) * PAGESIZE));
}

// Together with the other processes, take all memory there is, and put a different word in each page.
static unsigned fill_memory() {
    unsigned n = 0;
    for (; sys_page_alloc(page(n)) >= 0; ++n) {
        *page(n) = uint64_t(sys_getpid()) << 32 | (n + 1);
        sys_yield();
    }
    return n;
}

static void check_memory(unsigned n) {
    while (n-- > 0) expect("the word written", int64_t(uint64_t(sys_getpid()) << 32 | (n + 1)), int64_t(*page(n)));
}

// Clear a cell of the screen and watch it. Returns how long this process was interrupted when it was drawn again: the
// whole tick, with a turn of the other processes and a round of the loop here. 0 if it is not drawn in a long time.
static uint64_t time_drawing() {
    constexpr uint64_t patience = 120'000'000;
    volatile uint16_t& cell = console[CPOS(0, 0)];
    cell = 0;
    for (uint64_t begin = rdtsc(), before = begin; before - begin < patience; ) {
        for (int i = 0; i < 50; ++i) asm volatile("");      // the counter is slow to read
        uint64_t now = rdtsc();
        if (cell != 0) return now - before;
        before = now;
    }
    return 0;
}

// The picture, drawn while four processes have all the memory. The median of several: with one or another of them, the
// kernel checks memory too.
static void bench_screen() {
    enum { ready, leave };
    shared_words[ready] = 0;
    constexpr int n = 5;
    shared_words[leave] = 0;
    pid_t self = sys_getpid();
    for (int i = 0; i < 3 && sys_getpid() == self; ++i) expect("a child", sys_fork() >= 0);
    write_byte(rdrsp() - 1);            // a stack of its own, while there is memory
    shared_words[ready] = shared_words[ready] + 1;
    while (shared_words[ready] < 4) sys_yield();
    unsigned pages = fill_memory();
    if (sys_getpid() != self) {
        wait_for(leave, 1);
        check_memory(pages);
        sys_exit();
    }
    yield_often();
    uint64_t pauses[n];
    for (int i = 0; i < n; ++i) {
        uint64_t pause = time_drawing();
        int place = i;
        for (; place > 0 && pauses[place - 1] > pause; --place) pauses[place] = pauses[place - 1];
        pauses[place] = pause;
        if (pause == 0) break;
    }
    if (pauses[0] != 0) log_printf("bench screen_refresh=%lu", pauses[n / 2]);
    shared_words[leave] = 1;
    yield_often();
    check_memory(pages);
}

void process_main() {
    bench_null_call();
    bench_fork_exit();
    bench_fork_exit_wait();
    bench_faults();
    bench_yield();
    shared_words[0] = 0;
    if (sys_fork() == 0) {              // a child, whose pages are free again afterwards
        bench_page_alloc();
        shared_words[0] = 1;
        sys_exit();
    }
    wait_for(0, 1);
    bench_screen();
    pass();
}
