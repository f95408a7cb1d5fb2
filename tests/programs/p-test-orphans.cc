// p-test-orphans - sys_getppid names the parent while there is one; whoever has none leaves nothing
// behind
//
//    Outside: `ok` from pid 1; no fault.
#include "u-test.hh"

enum {
    orphan,
    step
};

void process_main() {
    shared_words[orphan] = 0;
    shared_words[step] = 0;
    uint64_t free = memory_now().free;
    expect("the first process's parent", 0, sys_getppid());
    pid_t self = sys_getpid();
    expect("a child", 0, in_child([=] {
        expect("its parent", self, sys_getppid());
        pid_t child = sys_getpid(), grandchild = sys_fork();
        expect("a grandchild", grandchild >= 0);
        if (grandchild > 0) return wait_for(step, 1);
        expect("its parent", child, sys_getppid());
        shared_words[step] = 1;
        while (sys_getppid() == child) sys_yield();
        shared_words[orphan] = uint64_t(sys_getpid());
        wait_for(step, 2);
        expect("no parent", 0, sys_getppid());
        expect("no parent whose slot is another's", 0, (sys_yield(), sys_getppid()));
        shared_words[step] = 3;
        sys_exit(61);
    }));
    while (shared_words[orphan] == 0) sys_yield();
    expect("no child of mine", E_CHILD, sys_wait(pid_t(shared_words[orphan])));
    expect("not mine to kill", E_PERM, sys_kill(pid_t(shared_words[orphan])));
    pid_t next = sys_fork();            // in the slot that the child has left
    expect("a child", next >= 0);
    if (next == 0) {
        wait_for(step, 3);
        sys_exit(62);
    }
    shared_words[step] = 2;
    expect("the status of the next child", 62, status_of(next));
    expect("nobody to wait for", E_CHILD, sys_wait());
    expect("nobody left there", E_SRCH, sys_kill(pid_t(shared_words[orphan])));
    expect("free pages", int64_t(free), int64_t(memory_now().free));
    pass();
}
