// p-test-records - who has ended costs a slot until it is waited for, or until a new process wants the slot
//
//    Outside: `ok` from pid 1; 1,074 forks; no fault.
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

// Nobody waits for the first six of forty: the slots of the oldest are taken.
static void replace_the_oldest() {
    bool found[41] = {};
    for (int i = 1; i <= 40; ++i) {
        start(i);
        yield_often();
    }
    for (int i = 0; i < NPROC - 2; ++i) {
        int status = 0;
        expect("a child", sys_wait(0, &status) > 0);
        expect("one of the last 34", status > 40 - (NPROC - 2) && status <= 40 && !found[status]);
        found[status] = true;
    }
    expect("no more", E_CHILD, sys_wait());
}

// With all slots full of those who ended, as many new ones can live at once.
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
    for (int i = 0; i < NPROC - 2; ++i) expect("a child's end", sys_wait() > 0);
    expect("no more", E_CHILD, sys_wait());
}

void process_main() {
    uint64_t free = memory_now().free;
    replace_the_oldest();
    expect("free pages", int64_t(free), int64_t(memory_now().free));
    fill_slots();
    expect("free pages", int64_t(free), int64_t(memory_now().free));
    pass();
}
