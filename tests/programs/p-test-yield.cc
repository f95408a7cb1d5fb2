// p-test-yield - processes that yield take turns, each in its turn
//
//    Outside: `ok` from pid 1; no fault.
#include "u-test.hh"

// `turns` of process n: word `turns + n`
enum {
    started,
    order,
    breaks,
    turns
};

constexpr int turns_each = 200;

// Note the turns of process `n` of four, and how often the last four were not in the order of the
// four before.
static void take_turns(uint64_t n) {
    for (int i = 0; i < turns_each; ++i) {
        shared_words[order] = shared_words[order] << 4 | n;
        shared_words[turns + n] = uint64_t(i) + 1;
        sys_yield();
        uint64_t last = shared_words[order] & 0xFFFF, before = shared_words[order] >> 16 & 0xFFFF;
        if (i >= 2 && last != before) shared_words[breaks] = shared_words[breaks] + 1;
    }
}

void process_main() {
    for (int i = 0; i < shared_word_count; ++i) shared_words[i] = 0;
    for (uint64_t n = 1; n < 4; ++n) {
        pid_t child = sys_fork();
        expect("a child", child >= 0);
        if (child > 0) continue;
        shared_words[started] = shared_words[started] + 1;
        while (shared_words[started] < 4) sys_yield();
        take_turns(n);
        sys_exit();
    }
    while (shared_words[started] < 3) sys_yield();
    shared_words[started] = 4;
    take_turns(4);
    yield_often();
    for (int n = 1; n <= 4; ++n) {
        expect("the number of turns", turns_each, int64_t(shared_words[turns + n]));
    }
    // A tick that takes the CPU from a process in the middle of its turn changes the order, once.
    expect("the same order nearly always", shared_words[breaks] < turns_each);
    pass();
}
