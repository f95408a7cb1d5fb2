// p-test-spawn - sys_spawn starts a program as a child, or refuses and changes nothing
//
//    Outside: `ok` from pid 1 and from those it starts; no fault.
#include "u-test.hh"

enum {
    leave
};

static void refuse(const char* what, int64_t error, const char* name) {
    uint64_t free = memory_now().free;
    expect(what, error, sys_spawn(name));
    expect("free pages", int64_t(free), int64_t(memory_now().free));
}

static void be_spawned() {
    expect("the heap's start", reinterpret_cast<int64_t>(page(0)), sbrk(0));
    expect("no page of the parent's", -1, int64_t(mapping_of(page(0)).pa));
    log_printf("spawned");
    sys_exit(62);
}

void process_main() {
    if (sys_getppid() != 0) be_spawned();
    refuse("no such program", E_NOENT, "nothing");
    refuse("no name", E_NOENT, "");
    refuse("a null pointer", E_FAULT, nullptr);
    refuse("the kernel's memory", E_FAULT, reinterpret_cast<const char*>(KERNEL_START_ADDR));
    refuse("memory behind its range", E_FAULT, reinterpret_cast<const char*>(MEMSIZE_VIRTUAL));

    uint64_t free = memory_now().free;
    expect("sys_page_alloc", 0, sys_page_alloc(page(0)));
    expect("the status of another program", 61, status_of(sys_spawn("test-main")));
    expect("the status of the same program", 62, status_of(sys_spawn("test-spawn")));
    expect("a child's child's status", 0, in_child([] {
        expect("the status of a program", 61, status_of(sys_spawn("test-main")));
    }));
    expect("sys_page_free", 0, sys_page_free(page(0)));
    expect("free pages", int64_t(free), int64_t(memory_now().free));

    shared_words[leave] = 0;
    for (int n = 1; n < NPROC - 1; ++n) {
        pid_t child = sys_fork();
        expect("a child", child >= 0);
        if (child > 0) continue;
        wait_for(leave, 1);
        sys_exit();
    }
    refuse("no free slot", E_AGAIN, "test-main");
    shared_words[leave] = 1;
    for (int n = 1; n < NPROC - 1; ++n) expect("a child's end", sys_wait() > 0);
    expect("free pages", int64_t(free), int64_t(memory_now().free));
    pass();
}
