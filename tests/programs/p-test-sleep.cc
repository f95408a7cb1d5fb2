// p-test-sleep - sys_sleep returns after at least the time asked for, and soon after; others run
// meanwhile
//
//    Outside: `ok` from pid 1; no fault. Measured by the time-stamp counter, which QEMU's
//    instruction counting moves by one a nanosecond.
#include "u-test.hh"

enum {
    turns,
    order
};

constexpr uint64_t ticks_a_millisecond = 1'000'000, tick = 1000 / HZ;

static void sleep_and_measure(unsigned milliseconds) {
    int64_t up = sys_uptime();
    uint64_t start = rdtsc();
    expect("sys_sleep", 0, sys_sleep(milliseconds));
    int64_t ticked = sys_uptime() - up;
    expect("that time by the clock",
           ticked >= int64_t(milliseconds) && ticked <= int64_t(milliseconds + 2 * tick));
    uint64_t slept = (rdtsc() - start) / ticks_a_millisecond;
    if (slept < milliseconds || slept > milliseconds + 2 * tick + 1) {
        log_printf("%u: %lu ms", milliseconds, slept);
    }
    expect("at least the time asked for", slept >= milliseconds);
    expect("not much longer", slept <= milliseconds + 2 * tick + 1);
}

void process_main() {
    constexpr unsigned times[] = {0, 1, 5, 10, 11, 99, 100, 1234}, places[] = {3, 1, 4, 2};
    for (unsigned milliseconds : times) sleep_and_measure(milliseconds);

    shared_words[turns] = 0;
    pid_t child = sys_fork();
    expect("a child", child >= 0);
    if (child == 0) {
        for (;;) {
            shared_words[turns] = shared_words[turns] + 1;
            sys_yield();
        }
    }
    sleep_and_measure(100);
    expect("turns of the other", shared_words[turns] > 1000);
    expect("sys_kill", 0, sys_kill(child));
    expect("its status", STATUS_KILLED, status_of(child));

    shared_words[order] = 0;            // sleepers wake in the order of their times
    for (unsigned i : places) {
        if (sys_fork() > 0) continue;
        sys_sleep(i * 50);
        shared_words[order] = shared_words[order] * 10 + i;
        sys_exit();
    }
    for (int i = 0; i < 4; ++i) expect("a sleeper's end", sys_wait() > 0);
    expect("the order", 1234, int64_t(shared_words[order]));

    child = sys_fork();                 // the longest sleep
    if (child == 0) {
        sys_sleep(UINT64_MAX);
        fail("a sleep that does not end");
    }
    sleep_and_measure(300);
    expect("sys_kill", 0, sys_kill(child));
    expect("its status", STATUS_KILLED, status_of(child));
    pass();
}
