// As CS300's p-fork of 2026
#include "u-lib.hh"
#ifndef ALLOC_SLOWDOWN
#define ALLOC_SLOWDOWN 18
#endif

extern uint8_t end[];

uintptr_t heap_top;
uintptr_t stack_bottom;

struct test_struct {
    int field1;
    unsigned char buf[4096];
    int field2;
};
const test_struct test1 = {61, {0}, 6161};
volatile test_struct test2;

void process_main() {
    pid_t initial_pid = sys_getpid();
    assert(initial_pid > 0 && initial_pid < MAXNPROC);
    test2.field1 = 61;
    assert(test1.field1 == 61 && test1.field2 == 6161);
    pid_t p1 = sys_fork();
    assert(p1 >= 0 && p1 < MAXNPROC);
    pid_t p2 = sys_fork();
    assert(p2 >= 0 && p2 < MAXNPROC);
    test2.field2 = 61 + sys_getpid();
    sys_yield();
    assert(test2.field2 == 61 + sys_getpid());

    pid_t p = sys_getpid();
    srand(p);
    heap_top = round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE);
    stack_bottom = round_down(rdrsp() - 1, PAGESIZE);
    while (heap_top != stack_bottom) {
        if (rand(0, ALLOC_SLOWDOWN - 1) < p) {
            if (sys_page_alloc(reinterpret_cast<void*>(heap_top)) < 0) {
                break;
            }
            *reinterpret_cast<volatile pid_t*>(heap_top) = p;
            console[CPOS(24, 79)] = p;
            heap_top += PAGESIZE;
        }
        sys_yield();
    }
    while (true) {
        sys_yield();
    }
}
