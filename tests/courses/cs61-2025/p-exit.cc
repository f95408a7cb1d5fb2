// As CS61's p-exit of 2025 and CS300's: addresses as numbers, MAXNPROC
#include "u-lib.hh"
#ifndef ALLOC_SLOWDOWN
#define ALLOC_SLOWDOWN 18
#endif

extern uint8_t end[];

uintptr_t heap_bottom;
uintptr_t heap_top;
volatile uint8_t pagemark[4096] = {0};

inline volatile uint8_t* byte_at(uintptr_t addr) {
    assert(addr >= heap_bottom && addr < heap_top);
    return reinterpret_cast<volatile uint8_t*>(addr);
}

void process_main() {
    pid_t self = sys_getpid();
    while (rand(0, ALLOC_SLOWDOWN) != 0 || sys_fork() != 0) {
        sys_yield();
    }
    assert(self < MAXNPROC);
    heap_bottom = heap_top = round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE);
    uintptr_t stack_bottom = round_down(rdrsp() - 1, PAGESIZE);
    int speed = rand(1, 16);
    while (heap_top != stack_bottom) {
        int x = rand(0, 6 * ALLOC_SLOWDOWN);
        if (x >= 8 * speed) {
            if (x % 4 < 2 && heap_top != heap_bottom) {
                unsigned pn = rand(0, (heap_top - heap_bottom - 1) / PAGESIZE);
                auto ptr = byte_at(heap_bottom + pn * PAGESIZE);
                assert(*ptr == pagemark[pn]);
                *ptr = speed;
                pagemark[pn] = speed;
            }
            sys_yield();
        } else if (x < 2 * speed) {
            pid_t p = sys_fork();
            assert(p < MAXNPROC);
            if (p == 0) {
                speed = rand(1, 16);
            }
        } else if (x < 3 * speed) {
            sys_exit();
        } else if (sys_page_alloc(reinterpret_cast<void*>(heap_top)) >= 0) {
            heap_top += PAGESIZE;
            *byte_at(heap_top - PAGESIZE) = speed;
            pagemark[(heap_top - heap_bottom) / PAGESIZE - 1] = speed;
            if (console[CPOS(24, 0)]) {
                console_printf(CPOS(24, 0), "\n");
            }
        } else {
            sys_exit();
        }
    }
    sys_exit();
}
