// p-test-faultedorphans - processes that fault and have no parent to wait for them leave nothing
// behind
//
//    Half of them fault while they have their parent, half when it has ended. Outside: `ok` from
//    pid 1; 60 faults.
#include "u-test.hh"

static void leave_one_behind(bool has_parent) {
    pid_t grandchild = sys_fork();
    if (grandchild == 0) {
        for (int i = 0; i < 3 && !has_parent; ++i) yield_often();
        log_printf("try a write to page 0: null pointer access");
        write_byte(8);
    }
    if (has_parent) yield_often();
    sys_exit(grandchild < 0);
}

void process_main() {
    uint64_t free = memory_now().free;
    for (int i = 0; i < 60; ++i) {
        expect("a child that could fork", 0, in_child([=] { leave_one_behind(i % 2 == 0); }));
    }
    for (int i = 0; i < 5; ++i) yield_often();
    expect("free pages", int64_t(free), int64_t(memory_now().free));
    pass();
}
