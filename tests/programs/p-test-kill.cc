// p-test-kill - sys_kill ends a descendant, whatever it is doing, and nobody else
//
//    Outside: `ok` from pid 1; one fault, of a process that is killed afterwards.
#include "u-test.hh"

enum {
    self,
    sibling,
    grandchild,
    step
};

static void refuse_who_is_nobody() {
    expect("itself", E_INVAL, sys_kill(sys_getpid()));
    expect("pid 0", E_INVAL, sys_kill(0));
    expect("pid -1", E_INVAL, sys_kill(-1));
    expect("the least pid", E_INVAL, sys_kill(INT32_MIN));
    expect("a pid past the table", E_INVAL, sys_kill(NPROC));
    expect("the greatest pid", E_INVAL, sys_kill(INT32_MAX));
    expect("a free slot", E_SRCH, sys_kill(NPROC - 1));
}

static void kill_and_wait(const char* what, pid_t child) {
    yield_often();                      // so that it is well on its way
    uint64_t before = memory_now().free;
    expect(what, 0, sys_kill(child));
    expect("its memory", memory_now().free > before);
    expect("it once more", E_SRCH, sys_kill(child));
    expect("its status", STATUS_KILLED, status_of(child));
    expect("it afterwards", E_SRCH, sys_kill(child));
}

static void kill_children() {
    kill_and_wait("a child that runs", start_child([] { for (;;) asm volatile(""); }));
    kill_and_wait("a child that yields", start_child([] { for (;;) sys_yield(); }));
    kill_and_wait("a child that sleeps", start_child([] { for (;;) sys_sleep(100'000); }));
    pid_t waiting = start_child([] {
        shared_words[grandchild] = uint64_t(start_child([] { for (;;) sys_yield(); }));
        sys_wait();
    });
    yield_often();
    expect("a grandchild", 0, sys_kill(pid_t(shared_words[grandchild])));
    expect("the status of a child that waited", 0, status_of(waiting));
    kill_and_wait("a child that waits", start_child([] {
        start_child([] { wait_for(step, 1); });
        sys_wait();
    }));
    shared_words[step] = 1;             // the grandchild, whom nobody can reach now, goes by itself
    yield_often();
}

// A faulted process stays until it is killed, if nobody waits for it.
static void kill_faulted() {
    uint64_t before = memory_now().free;
    pid_t child = start_child([] {
        log_printf("try a write to nothing: page fault");
        write_byte(MEMSIZE_VIRTUAL - 0x40000);
    });
    yield_often();
    expect("its memory", memory_now().free < before);
    expect("a child that faulted", 0, sys_kill(child));
    expect("its memory", memory_now().free >= before);
    expect("it once more", E_SRCH, sys_kill(child));
    int status;
    expect("sys_wait", child, sys_wait(child, &status));
    expect("a status that says so", status == STATUS_FAULTED || status == STATUS_KILLED);
}

static void refuse_relatives() {
    shared_words[self] = uint64_t(sys_getpid());
    shared_words[step] = 0;
    pid_t first = start_child([] { wait_for(step, 1); });
    shared_words[sibling] = uint64_t(first);
    expect("a child that kills", 0, in_child([] {
        expect("its parent", E_PERM, sys_kill(pid_t(shared_words[self])));
        expect("its sibling", E_PERM, sys_kill(pid_t(shared_words[sibling])));
        refuse_who_is_nobody();
    }));
    shared_words[step] = 1;
    expect("the sibling's status", 0, status_of(first));
}

// Someone who has ended, and whom nobody has waited for, can no longer be killed.
static void refuse_the_dead() {
    pid_t child = start_child([] { sys_exit(61); });
    yield_often();
    expect("the dead", E_SRCH, sys_kill(child));
    expect("its status", 61, status_of(child));
}

void process_main() {
    for (int word = 0; word <= step; ++word) shared_words[word] = 0;
    uint64_t free = memory_now().free;
    refuse_who_is_nobody();
    kill_children();
    kill_faulted();
    refuse_relatives();
    refuse_the_dead();
    expect("free pages", int64_t(free), int64_t(memory_now().free));
    pass();
}
