// p-test-forkmemory - fork with too little memory fails, at whatever point it runs out, and gives
// everything back
//
//    Outside: `ok` from pid 1; no fault; the free count in the end is the one at the start.
#include "u-test.hh"

enum {
    forked = 1
};

// Fork, with a child that exits without a use of its memory, for which there may be no room.
static int64_t fork_and_exit() {
    int64_t result = SYSCALL_FORK;
    asm volatile(
        "syscall; testq %%rax, %%rax; jnz 1f; movl %1, %%eax; xorl %%edi, %%edi; syscall; 1:"
        : "+a"(result) : "i"(SYSCALL_EXIT) : "rcx", "rdi", "r11", "cc", "memory");
    return result;
}

// A process of so many pages forks: there is a child, or there is not and nothing has changed. It
// sleeps first, so that its parent, the only other process, is in `sys_wait` when memory is gone,
// and needs no page of its own any more.
static void grow_and_fork(unsigned pages) {
    sys_sleep(10);
    for (unsigned i = 0; i < pages; ++i) {
        expect("sys_page_alloc", 0, sys_page_alloc(page(i)));
        *page(i) = i + 1;
    }
    int64_t child = fork_and_exit();
    if (child > 0) expect("sys_wait", child, sys_wait(pid_t(child)));
    for (int i = 0; i < 20 && child < 0; ++i) {
        expect("fork without memory", E_NOMEM, fork_and_exit());
    }
    for (unsigned i = 0; i < pages; ++i) expect("a page's word", i + 1, int64_t(*page(i)));
    shared_words[forked] = child > 0;
}

static bool fork_works_at(unsigned pages) {
    expect("the status", 0, in_child([=] { grow_and_fork(pages); }));
    return shared_words[forked];
}

void process_main() {
    unsigned available = available_pages();
    expect("fork to work while there is room", fork_works_at(available / 2 - 20));
    for (unsigned pages = available / 2 - 16; pages < available - 12; pages += 3) {
        fork_works_at(pages);
    }
    for (unsigned room = 12; room > 0; --room) fork_works_at(available - room);
    expect("fork to fail with no room", !fork_works_at(available - 1));
    expect("the number of pages left", available, available_pages());
    pass();
}
