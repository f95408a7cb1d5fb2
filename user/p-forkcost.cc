// p-forkcost - what fork costs does not depend on the memory that is forked
//
//    For the big machine.
//    Boot words: pace=0
#include "u-lecture.hh"

constexpr int few = 16, many = 16'384;

struct cost {
    uint64_t time;                      // in time-stamp counts
    uint64_t pages;
};

// Fork a child that waits a little and exits.
static cost fork_once() {
    uint64_t free = memory_now().free, start = rdtsc();
    pid_t child = sys_fork();
    uint64_t time = rdtsc() - start;
    if (child == 0) {
        sys_sleep(10);
        sys_exit();
    }
    cost result = {time, free - memory_now().free};
    sys_wait(child);
    return result;
}

static void show_fork_costs(volatile char* heap) {
    for (int n = 0; n < few; ++n) heap[n * PAGESIZE] = 1;
    say("fork copies no memory, so it costs the same, however much there is.");
    cost small = fork_once();
    say("fork with %d pages of heap: %lu new pages", few, small.pages);
    for (int n = 0; n < many; ++n) heap[n * PAGESIZE] = 1;
    cost large = fork_once();
    say("fork with %d pages of heap: %lu new pages", many, large.pages);
    say("%d times the memory, and fork took %lu times as long.", many / few,
        (large.time + small.time / 2) / small.time);
    check("at most 4 times as long", large.time <= 4 * small.time);
}

// Parent and child share a page table; the entry above it says that nothing below may be written.
static void show_shared_table(volatile char* heap) {
    pid_t child = sys_fork();
    if (child == 0) {
        memory_mapping first = {};
        sys_mapping(const_cast<const char*>(heap), &first);
        say("child: do the page tables permit it to write to the heap? %s",
            first.perm & PTE_W ? "yes" : "no");
        memory_report before = memory_now();
        heap[0] = 2;
        compare("child: new pages for one write", 2, int64_t(before.free - memory_now().free));
        sys_exit();
    }
    sys_wait(child);
    check("parent: its page is unchanged", heap[0] == 1);
    memory_report before = memory_now();
    heap[PAGESIZE] = 3;
    compare("parent, alone again: new pages for one write", 0,
            int64_t(before.free - memory_now().free));
}

void process_main() {
    if (memory_now().total <= PAGENUMBER(MEMSIZE_PHYSICAL)) {
        say("This is for the big machine: make run-forkcost MEMORY=256M");
        return;
    }
    auto start = reinterpret_cast<uintptr_t>(sys_sbrk(0));
    uintptr_t aligned = round_up(start, LARGE_PAGESIZE);
    sys_sbrk(intptr_t(aligned - start + many * PAGESIZE));
    auto heap = reinterpret_cast<volatile char*>(aligned);
    show_fork_costs(heap);
    show_shared_table(heap);
}
