// 2023: children are copies: what one writes no other sees
#include "u-lib.hh"

extern uint8_t end[];
volatile int mine;

void process_main() {
    volatile int* heap = (int*) round_up((uintptr_t) end, PAGESIZE);
    assert(sys_page_alloc((void*) heap) >= 0);
    *heap = 1;
    for (int i = 0; i < 4; ++i) {
        pid_t p = sys_fork();
        assert(p >= 0 && p < PID_MAX);
        if (p == 0) {
            assert_eq(*heap, 1);
            *heap = 100 + i;
            mine = i;
            for (int turn = 0; turn < 10; ++turn) {
                sys_yield();
                assert(*heap == 100 + i && mine == i);
            }
            sys_exit();
        }
    }
    for (int turn = 0; turn < 20; ++turn) {
        sys_yield();
    }
    assert(*heap == 1 && mine == 0);
}
