// p-test-wait - sys_wait waits for a child's end and says how it ended; nothing else is waited for
//
//    Outside: `ok` from pid 1, `log pid=N: the wait is over` only after `the child is done`; one
//    fault, of the `try`, and one panic.
#include "u-registers.hh"

static void refuse(const char* what, int64_t error, pid_t pid) {
    int status = -1;
    expect(what, error, sys_wait(pid, &status));
    expect("the status as it was", -1, status);
}

static void refuse_who_is_no_child() {
    refuse("any child where there is none", E_CHILD, 0);
    refuse("itself", E_CHILD, sys_getpid());
    refuse("a free slot", E_CHILD, NPROC - 1);
    refuse("a negative pid", E_INVAL, -1);
    refuse("a pid past the table", E_INVAL, NPROC);
    refuse("the greatest pid", E_INVAL, INT32_MAX);
    refuse("the least pid", E_INVAL, INT32_MIN);
}

static void see_statuses() {
    expect("status 0", 0, in_child([] { sys_exit(); }));
    expect("status 255", 255, in_child([] { sys_exit(255); }));
    expect("status 256, of which one byte counts", 0, in_child([] { sys_exit(256); }));
    expect("status -1, of which one byte counts", 255, in_child([] { sys_exit(-1); }));
    expect("a panic", STATUS_FAULTED, in_child([] { sys_panic("a panic"); }));
    try_in_child({"a write to nothing: page fault", write_byte, MEMSIZE_VIRTUAL - 0x40000});
    expect("a child killed", 0, in_child([] {
        pid_t child = start_child([] { for (;;) sys_yield(); });
        expect("sys_kill", 0, sys_kill(child));
        expect("its status", STATUS_KILLED, status_of(child));
    }));
}

// One that has ended before its parent waits, and one that has not; in any order, and each once.
static void wait_for_any() {
    pid_t first = start_child([] { sys_exit(11); });
    pid_t second = start_child([] { sys_exit(12); });
    pid_t third = start_child([] { sys_sleep(50); sys_exit(13); });
    yield_often();
    expect("the second child's status", 12, status_of(second));
    refuse("the second child again", E_CHILD, second);
    int status;
    expect("any child", first, sys_wait(0, &status));
    expect("its status", 11, status);
    expect("any child, which has not yet ended", third, sys_wait(0, &status));
    expect("its status", 13, status);
    refuse_who_is_no_child();
    pid_t fourth = start_child([] {});
    expect("sys_wait without a status", fourth, sys_wait());
    refuse_who_is_no_child();
}

// With `W_NOHANG`, nobody waits.
static void look_whether_one_has_ended() {
    expect("no child", E_CHILD, sys_waitpid(0, nullptr, W_NOHANG));
    pid_t child = start_child([] { sys_msleep(50); sys_exit(61); });
    int status = -1;
    expect("a child that goes on", E_AGAIN, sys_waitpid(child, &status, W_NOHANG));
    expect("any child that goes on", E_AGAIN, sys_waitpid(0, &status, W_NOHANG));
    for (int options : {2, 3, -1, INT32_MIN}) {
        expect("options", E_INVAL, sys_waitpid(child, &status, options));
    }
    expect("the status as it was", -1, status);
    int64_t start = sys_uptime();
    while (sys_waitpid(child, &status, W_NOHANG) == E_AGAIN) sys_yield();
    expect("its status", 61, status);
    expect("the time it slept", sys_uptime() - start >= 50 - 20);
    child = start_child([] { sys_exit(62); });
    expect("a child's end", child, sys_waitpid(child, &status));
    expect("its status", 62, status);
    child = start_child([] { sys_exit(63); });
    yield_often();
    expect("a child that has ended", child, sys_waitpid(0, nullptr, W_NOHANG));
    expect("and is gone", E_CHILD, sys_waitpid(child, nullptr, W_NOHANG));
}

// A status that cannot be written leaves the child to be waited for.
static void point_to_nothing() {
    constexpr uintptr_t bad[] = {1,
                                 KERNEL_START_ADDR,
                                 PROC_START_ADDR - 1,
                                 PROC_START_ADDR,
                                 MEMSIZE_VIRTUAL - 1,
                                 MEMSIZE_VIRTUAL - 0x40000,
                                 MEMSIZE_VIRTUAL,
                                 VA_LOWEND - 1,
                                 VA_LOWEND,
                                 VA_HIGHMIN,
                                 UINTPTR_MAX};
    pid_t child = start_child([] { sys_exit(14); });
    for (uintptr_t address : bad) {
        expect("a bad status", E_FAULT, sys_wait(child, reinterpret_cast<int*>(address)));
    }
    for (uintptr_t address : bad) {
        expect("a bad status", E_FAULT, sys_wait(0, reinterpret_cast<int*>(address)));
    }
    expect("its status", 14, status_of(child));
}

// While a process waits, it does nothing: it is asleep until its child ends, and finds its
// registers as they were.
static void wait_long() {
    pid_t child = start_child([] {
        sys_sleep(100);
        yield_often();
        log_printf("the child is done");
    });
    fill_registers(0);
    expect("any child", child, make_syscall_with_registers(SYSCALL_WAIT));
    log_printf("the wait is over");
}

// A grandchild is nobody's to wait for but its parent's.
static void wait_for_grandchild() {
    shared_words[0] = 0;
    pid_t child = start_child([] {
        pid_t grandchild = start_child([] { wait_for(0, ~0UL); });
        shared_words[0] = uint64_t(grandchild);
        expect("the grandchild's status", 0, status_of(grandchild));
    });
    while (shared_words[0] == 0) sys_yield();
    refuse("a grandchild", E_CHILD, pid_t(shared_words[0]));
    shared_words[0] = ~0UL;
    expect("the child's status", 0, status_of(child));
}

void process_main() {
    refuse_who_is_no_child();
    see_statuses();
    wait_for_any();
    look_whether_one_has_ended();
    point_to_nothing();
    wait_long();
    wait_for_grandchild();
    pass();
}
