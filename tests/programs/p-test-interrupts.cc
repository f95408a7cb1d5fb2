// p-test-interrupts - no process can keep the CPU: not by never calling the kernel, not by turning
// interrupts off
//
//    Outside: `ok` from pid 1; two faults, both general protection (`try cli`, `try sti`).
#include "u-test.hh"

enum {
    my_turns,
    others_turns
};

// Without calls, wait until the other process has counted on five times, as this one does.
static void take_turns(int mine, int others) {
    for (uint64_t i = 1; i <= 5; ++i) {
        shared_words[mine] = i;
        while (shared_words[others] < i) {}
    }
}

void process_main() {
    try_in_child({"cli", [](uintptr_t) { asm volatile("cli" : : : "memory"); }});
    try_in_child({"sti", [](uintptr_t) { asm volatile("sti" : : : "memory"); }});

    uint64_t flags;
    asm volatile("pushfq; andl $~0x200, (%%rsp); popfq; pushfq; popq %0" : "=r"(flags) :
                 : "cc", "memory");
    expect("interrupts on after popf", (flags & EFLAGS_IF) != 0);

    shared_words[my_turns] = 0;
    shared_words[others_turns] = 0;
    pid_t child = sys_fork();
    expect("a child", child >= 0);
    if (child == 0) {
        take_turns(others_turns, my_turns);
        sys_exit();
    }
    take_turns(my_turns, others_turns);
    yield_often();
    pass();
}
