// As CS61's p-allocator of 2024
#include "u-lib.hh"
#ifndef ALLOC_SLOWDOWN
#define ALLOC_SLOWDOWN 100
#endif

extern uint8_t end[];

volatile uint8_t* heap_top;
volatile uint8_t* stack_bottom;

void process_main() {
    pid_t p = sys_getpid();
    srand(p);
    heap_top = (uint8_t*) round_up((uintptr_t) end, PAGESIZE);
    stack_bottom = (uint8_t*) round_down((uintptr_t) rdrsp() - 1, PAGESIZE);
    while (heap_top != stack_bottom) {
        if (rand(0, ALLOC_SLOWDOWN - 1) < p) {
            if (sys_page_alloc((void*) heap_top) < 0) {
                break;
            }
            for (unsigned long* l = (unsigned long*) heap_top; l != (unsigned long*) (heap_top + PAGESIZE); ++l) {
                assert(*l == 0);
            }
            *heap_top = p;
            console[CPOS(24, 79)] = p;
            heap_top += PAGESIZE;
        }
        sys_yield();
    }
    while (true) {
        sys_yield();
    }
}
