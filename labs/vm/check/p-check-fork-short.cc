// p-check-fork-short - one child takes all memory but a few pages, and then somebody forks; again and again
//
//    plan(&pages, &forker, &turn): the grader writes there how many pages the child shall take (0: no more children),
//        and who then forks: 0 nobody, 1 the parent, which is small, 2 the child, which is big.
//    took(count): the child has; now it waits until the grader has written 1 to its `turn`.
//    forked(result): an attempt.   tried(): there were four; the parent waits for its `turn`.
//    born(): a child of such a fork.
//    rest(count): how many pages the child could get afterwards.   end().
#include "u-check-vm.hh"

static volatile uint64_t pages, forker, turn;

static void wait_for_turn() {
    while (turn == 0) sys_yield();
}

// Fork, with a child that comes to the moment "born" and exits: for more there may be no room.
static int64_t fork_and_exit() {
    static const char born[] = "born";
    int64_t result = SYSCALL_FORK;
    asm volatile("syscall; testq %%rax, %%rax; jnz 1f; movq %2, %%rdi; call check_moment;"
                 "movl %1, %%eax; xorl %%edi, %%edi; syscall; 1:"
                 : "+a"(result) : "i"(SYSCALL_EXIT), "b"(born)
                 : "rcx", "rdi", "r11", "cc", "memory");
    return result;
}

static void try_to_fork() {
    for (int i = 0; i < 4; ++i) {
        moment("forked", fork_and_exit());
        for (int yields = 0; yields < 4; ++yields) sys_yield();
    }
}

static void run_child() {
    unsigned count = take_pages(heap_start(), unsigned(pages));
    moment("took", count);
    wait_for_turn();
    if (forker == 2) try_to_fork();
    moment("rest", take_pages(heap_start() + count * PAGESIZE, 1000));
    sys_exit();
}

void process_main() {
    check_begin();
    for (;;) {
        turn = 0;
        moment("plan", &pages, &forker, &turn);
        if (pages == 0) break;
        if (sys_fork() == 0) run_child();
        wait_for_turn();
        if (forker == 1) try_to_fork();
        turn = 0;
        moment("tried");
        wait_for_turn();
        let_others_run();
    }
    moment("end");
    check_done();
}
