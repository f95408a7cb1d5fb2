// p-test-forkbomb - processes that all fork without end find the kernel's limits; nobody else comes
// to harm
//
//    Outside: `ok` from pid 1; no fault.
#include "u-test.hh"

enum {
    stop,
    refusals
};

[[noreturn]] static void be_bomb() {
    while (shared_words[stop] == 0) {
        pid_t child = sys_fork();
        if (child >= 0) continue;
        expect("a refusal", child == E_AGAIN || child == E_NOMEM);
        shared_words[refusals] = shared_words[refusals] + 1;
    }
    sys_exit();
}

void process_main() {
    shared_words[stop] = 0;
    shared_words[refusals] = 0;
    expect("sys_page_alloc", 0, sys_page_alloc(page(0)));
    uint64_t free = memory_now().free;
    pid_t child = sys_fork();
    expect("a child", child >= 0);
    if (child == 0) be_bomb();
    for (unsigned i = 0; i < 3; ++i) {
        expect("sys_sleep", 0, sys_sleep(5));
        *page(0) = i;
        expect("no slot or no memory left", sys_fork() < 0);
        expect("the word written", i, int64_t(*page(0)));
    }
    expect("many refusals", shared_words[refusals] > 100);
    shared_words[stop] = 1;
    expect("the first one's status", 0, status_of(child));
    yield_often();
    expect("free pages", int64_t(free), int64_t(memory_now().free));
    pass();
}
