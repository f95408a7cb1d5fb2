// p-test-turns - a process that calls the kernel all the time, but never yields, leaves the others
// their turns
//
//    Outside: `ok` from pid 1, at any pace.
#include "u-test.hh"

void process_main() {
    constexpr uint64_t turns = 5;
    shared_words[0] = 0;
    pid_t child = sys_fork();
    expect("a child", child >= 0);
    if (child == 0) {
        for (uint64_t turn = 1; turn <= turns; ++turn) {
            sys_getpid();
            shared_words[0] = turn;
        }
        sys_exit();
    }
    for (int i = 0; i < 1'000'000 && shared_words[0] < turns; ++i) sys_getpid();
    expect("the child's turns", turns, int64_t(shared_words[0]));
    pass();
}
