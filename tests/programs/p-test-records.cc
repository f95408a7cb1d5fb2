// p-test-records - who has ended costs a slot until a new process wants the slot; its status is
// kept all the same
//
//    Outside: `ok` from pid 1; 1,134 forks; no fault.
#include "u-test.hh"

enum {
    alive,
    leave
};

static pid_t start(int status) {
    pid_t child = sys_fork();
    expect("a child", child >= 0);
    if (child == 0) sys_exit(status);
    return child;
}

// A hundred exit before the first is waited for: all are told of, the oldest first.
static void wait_for_a_hundred() {
    for (int i = 1; i <= 100; ++i) {
        start(i);
        yield_often();
    }
    for (int i = 1; i <= 100; ++i) {
        int status = 0;
        expect("a child", sys_wait(0, &status) > 0);
        expect("its status", i, status);
    }
    expect("no more", E_CHILD, sys_wait());
}

// With all slots full of those who ended, as many new ones can live at once; of the ends, the last
// are kept.
static void fill_slots() {
    for (int i = 0; i < 1000; ++i) {
        start(0);
        if (i % 3 == 0) sys_yield();
    }
    yield_often();
    shared_words[alive] = 0;
    shared_words[leave] = 0;
    for (int i = 0; i < NPROC - 2; ++i) {
        pid_t child = sys_fork();
        expect("a child in the slot of one that ended", child >= 0);
        if (child > 0) continue;
        shared_words[alive] = shared_words[alive] + 1;
        wait_for(leave, 1);
        sys_exit();
    }
    expect("one more", E_AGAIN, sys_fork());
    wait_for(alive, NPROC - 2);
    shared_words[leave] = 1;
    constexpr int kept = 128;
    for (int i = 0; i < NPROC - 2 + kept; ++i) expect("a child's end", sys_wait() > 0);
    expect("no more", E_CHILD, sys_wait());
}

void process_main() {
    uint64_t free = memory_now().free;
    wait_for_a_hundred();
    expect("free pages", int64_t(free), int64_t(memory_now().free));
    fill_slots();
    expect("free pages", int64_t(free), int64_t(memory_now().free));
    pass();
}
