// p-test-panic - a process that panics stops, with its message and a backtrace, and nobody else
// does
//
//    Outside: `ok` from pid 1; a `panic` line for each of its eight children, in this order:
//    `a message` (without its newline); `the number 61`; 256 times `x`; an empty one; `(no message
//    that the kernel could read)`; and the messages of the assertions below, with file, line, both
//    values. Their backtraces name `process_main`; the first one's names `panic_within` before it.
#include "u-test.hh"

[[gnu::noinline]] static void panic_within() {
    sys_panic("a message\n");
}

static void run_child(void (*run)()) {
    pid_t child = sys_fork();
    expect("a child", child >= 0);
    if (child > 0) return yield_often();
    run();
    log_printf("not ok: expected a panic to stop the process, found it did not");
    sys_exit();
}

void process_main() {
    static char long_message[1000];
    memset(long_message, 'x', sizeof(long_message) - 1);
    run_child(panic_within);
    run_child([] { panic("the number %d", 61); });
    run_child([] { sys_panic(long_message); });
    run_child([] { sys_panic(""); });
    run_child([] { sys_panic(nullptr); });
    run_child([] { assert(sys_getpid() == 0, "a description"); });
    run_child([] { assert_eq(sys_getpid(), -61); });
    run_child([] { assert_memeq("kinglet", "kingdom", 7); });
    pass();
}
