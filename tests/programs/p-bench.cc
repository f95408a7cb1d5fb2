// p-bench - what system calls cost, in instructions
//
//    Run it with instruction counting at one instruction a nanosecond (QEMU's -icount shift=0),
//    where the time-stamp counter counts instructions; a repeated string instruction counts once a
//    repetition. Each figure is the average over many repetitions, with the few instructions of the
//    loop that repeats them; nothing is subtracted. Logs `bench NAME=COUNT` for each, or `not ok`
//    if what was measured did not happen; nothing about the picture if nobody draws it (`view=off`,
//    which all other figures want). Where the counter counts time instead, `bench tick` says how
//    much of it one timer interrupt's interval is.
#include "u-bench.hh"
#include "u-file.hh"

// A call that does nothing, there and back
static void bench_null_call() {
    constexpr unsigned n = 20'000;
    pid_t self = sys_getpid(), found = 0;
    uint64_t start = rdtsc();
    for (unsigned i = 0; i < n; i += 10) {
        found = sys_getpid(), found = sys_getpid(), found = sys_getpid(), found = sys_getpid(),
        found = sys_getpid();
        found = sys_getpid(), found = sys_getpid(), found = sys_getpid(), found = sys_getpid(),
        found = sys_getpid();
    }
    report("null_call", start, n);
    expect("sys_getpid", self, found);
}

// Two processes that yield to each other; the other one counts its turns, which proves that it has
// them.
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
    expect("one turn of the other's each time, but for ticks",
           shared_words[0] - first_turn + margin >= n);
    while (shared_words[0] < n + margin) sys_yield();
    yield_often();
}

// A byte there and back between two processes, which wait for each other.
static void bench_pipe() {
    constexpr unsigned n = 2'000;
    int there[2], back[2];
    uint8_t byte = 0;
    expect("a pipe", sys_pipe(there) == 0 && sys_pipe(back) == 0);
    pid_t child = sys_fork();
    expect("a child", child >= 0);
    if (child == 0) {
        sys_close(there[1]);
        while (sys_read(there[0], &byte, 1) == 1) sys_write(back[1], &byte, 1);
        sys_exit();
    }
    sys_close(there[0]);
    uint64_t start = rdtsc();
    for (unsigned i = 0; i < n; ++i) {
        byte = uint8_t(i);
        sys_write(there[1], &byte, 1);
        sys_read(back[0], &byte, 1);
    }
    report("pipe_round_trip", start, n);
    expect("the last byte", uint8_t(n - 1), byte);
    sys_close(there[1]);
    expect("the child's end", child, sys_wait(child));
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
        for (unsigned word = 1; word < PAGESIZE / 8; ++word) {
            expect("a new page's word", 0, int64_t(page(i)[word]));
        }
    }
}

// A small process forks; the child exits at once; the parent has its turn again. There are many
// more children than slots and memory would hold, so each one's are free again before the next.
// Runs first, while the process is small.
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

// A program that does nothing is started, exits, and is waited for.
static void bench_spawn() {
    constexpr unsigned n = 100;
    uint64_t start = rdtsc();
    for (unsigned i = 0; i < n; ++i) {
        pid_t child = sys_spawn("bench-empty");
        if (child < 0) fail("a child");
        if (sys_wait(child) != child) fail("the child's end");
    }
    report("spawn_exit_wait", start, n);
}

// What a tick is: twenty of them, from one to another. Each sleep begins soon after a tick, since
// the one before it ended there.
static uint64_t tick;

static void bench_tick() {
    constexpr unsigned few = 2, many = 22, milliseconds = 1000 / HZ;
    sys_sleep(milliseconds);
    uint64_t start = rdtsc();
    sys_sleep(few * milliseconds);
    uint64_t between = rdtsc();
    sys_sleep(many * milliseconds);
    uint64_t last = rdtsc();
    tick = ((last - between) - (between - start)) / (many - few);
    log_printf("bench tick=%lu", tick);
}

// Pages of a heap, which are read, written, shared with a child, written by the child, and by the
// parent afterwards. The loops have one memory access a round.
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
    expect("pages used as they are", n,
           int64_t(memory_now().faults[FAULT_REUSE] - before.faults[FAULT_REUSE]));
    expect("sys_sbrk", reinterpret_cast<int64_t>(page(2 * n)), sbrk(-2 * int64_t(n) * PAGESIZE));
}

// Together with the other processes, take all memory there is, and put a different word in each
// page.
static unsigned fill_memory() {
    unsigned n = 0;
    for (; sys_page_alloc(page(n)) >= 0; ++n) {
        *page(n) = uint64_t(sys_getpid()) << 32 | (n + 1);
        sys_yield();
    }
    return n;
}

static void check_memory(unsigned n) {
    while (n-- > 0) {
        expect("the word written", int64_t(uint64_t(sys_getpid()) << 32 | (n + 1)),
               int64_t(*page(n)));
    }
}

// A drawing: how long this process was interrupted for it, in all, with a round of the loop here;
// and whether a key asked for it, as the last digit of the number of ticks tells. Those that time
// alone asks for are due at ticks that 5 divides, and come one tick later, since this process
// leaves no time for them before. A `pause` of 0: there was none in a long time.
struct drawing {
    uint64_t pause;
    bool has_key;
};

static drawing next_drawing() {
    const uint64_t patience = 12 * tick;
    volatile uint16_t& digit = console[CPOS(9, 57)];
    uint16_t last = digit;
    for (uint64_t begin = rdtsc(), before = begin; before - begin < patience;) {
        for (int i = 0; i < 50; ++i) asm volatile("");      // the counter is slow to read
        uint64_t now = rdtsc();
        if (uint16_t drawn = digit; drawn != last) {
            return {now - before, drawn % 256 != '1' && drawn % 256 != '6'};
        }
        before = now;
    }
    return {0, false};
}

// A list of numbers in order, and the one in its middle
struct sorted_list {
    static constexpr int room = 32;
    uint64_t numbers[room];
    int count = 0;

    void add(uint64_t number) {
        if (count == room) return;
        int place = count++;
        for (; place > 0 && numbers[place - 1] > number; --place) {
            numbers[place] = numbers[place - 1];
        }
        numbers[place] = number;
    }
    uint64_t median() const { return numbers[count / 2]; }
};

// Watch drawings until there are enough of both kinds: those for a key, which shows another
// process, and the others, which are each the same as the one before but for the number of ticks.
// Medians: with one or another, the kernel checks memory too. All other processes sleep.
static void watch_drawings() {
    constexpr int enough = 5;
    sorted_list all, little;
    while (all.count < enough || little.count < enough) {
        drawing next = next_drawing();
        if (next.pause == 0) return;
        (next.has_key ? all : little).add(next.pause);
        if (next.has_key) sys_sleep(1000 / HZ);     // keys come one tick after a drawing, and four
                                                    // before the next
    }
    log_printf("bench screen_refresh=%lu", little.median());
    log_printf("bench screen_refresh_full=%lu", all.median());
}

// The picture, drawn while four processes have all the memory.
static void bench_screen() {
    enum {
        ready,
        leave
    };
    shared_words[ready] = 0;
    shared_words[leave] = 0;
    pid_t self = sys_getpid();
    for (int i = 0; i < 3 && sys_getpid() == self; ++i) expect("a child", sys_fork() >= 0);
    write_byte(rdrsp() - 1);            // a stack of its own, while there is memory
    shared_words[ready] = shared_words[ready] + 1;
    while (shared_words[ready] < 4) sys_yield();
    unsigned pages = fill_memory();
    if (sys_getpid() != self) {
        while (shared_words[leave] == 0) sys_sleep(1000);
        check_memory(pages);
        sys_exit();
    }
    yield_often();
    watch_drawings();
    shared_words[leave] = 1;
    while (sys_wait() > 0) {}
    check_memory(pages);
}

void process_main() {
    bench_null_call();
    bench_fork_exit();
    bench_fork_exit_wait();
    bench_spawn();
    log_printf("bench tables=%lu", memory_now().tables);
    bench_faults();
    bench_yield();
    bench_pipe();
    shared_words[0] = 0;
    if (sys_fork() == 0) {              // a child, whose pages are free again afterwards
        bench_page_alloc();
        shared_words[0] = 1;
        sys_exit();
    }
    wait_for(0, 1);
    bench_tick();
    bench_screen();
    pass();
}
