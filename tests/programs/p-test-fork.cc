// p-test-fork - fork makes a second process that equals the first in all but the result, and shares
// nothing with it
//
//    Outside: `ok` from pid 1, `child ok` from another.
#include "u-registers.hh"

enum {
    child_pid,
    child_checked,
    parent_changed,
    child_changed
};

uint64_t data = 0xDA7A;
uint64_t bss;
const uint64_t constant = 0xC057;

static void write_all(uint64_t x, volatile uint64_t& on_stack) {
    data = bss = page(0)[0] = page(3)[511] = x;
    on_stack = x;
}

static void expect_all(uint64_t x, volatile uint64_t& on_stack) {
    expect("data", int64_t(x), int64_t(data));
    expect("bss", int64_t(x), int64_t(bss));
    expect("the heap's first word", int64_t(x), int64_t(page(0)[0]));
    expect("the heap's last word", int64_t(x), int64_t(page(3)[511]));
    expect("the stack", int64_t(x), int64_t(on_stack));
    expect("a constant", 0xC057, int64_t(constant));
}

[[noreturn]] static void be_child(pid_t parent, volatile uint64_t& on_stack) {
    expect("a pid of its own", sys_getpid() != parent);
    shared_words[child_pid] = uint64_t(sys_getpid());
    expect_all(0x11, on_stack);
    shared_words[child_checked] = 1;
    wait_for(parent_changed, 1);
    expect_all(0x11, on_stack);
    expect("sys_page_alloc", 0, sys_page_alloc(page(1)));
    write_all(0x33, on_stack);
    shared_words[child_changed] = 1;
    wait_for(parent_changed, 2);
    expect_all(0x33, on_stack);
    log_printf("child ok");
    sys_exit();
}

void process_main() {
    for (int i = 0; i < shared_word_count; ++i) shared_words[i] = 0;
    volatile uint64_t on_stack;
    expect("sys_page_alloc", 0, sys_page_alloc(page(0)));
    expect("sys_page_alloc", 0, sys_page_alloc(page(3)));
    write_all(0x11, on_stack);
    pid_t self = sys_getpid();

    fill_registers(0x0123'4567'89AB'CDEF);
    auto child = pid_t(make_syscall_with_registers(SYSCALL_FORK));
    if (child == 0) be_child(self, on_stack);
    expect("a pid", child > 0 && child < NPROC && child != self);
    expect("the parent's pid", self, sys_getpid());

    wait_for(child_checked, 1);
    expect("the child's own pid", child, int64_t(shared_words[child_pid]));
    expect_all(0x11, on_stack);
    write_all(0x22, on_stack);
    shared_words[parent_changed] = 1;
    wait_for(child_changed, 1);
    expect_all(0x22, on_stack);
    expect("no page where only the child has put one", E_FAULT,
           sys_log(reinterpret_cast<char*>(page(1))));
    shared_words[parent_changed] = 2;
    yield_often();
    pass();
}
