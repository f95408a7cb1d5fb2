// As CS61's p-fork of 2024: four processes from one, each of which takes what memory it can get
#include "u-lib.hh"
#ifndef ALLOC_SLOWDOWN
#define ALLOC_SLOWDOWN 100
#endif

extern uint8_t end[];

struct long_object {
    int before;
    unsigned char filler[4096];
    int after;
};
const long_object constant = {61, {0}, 6161};
volatile long_object variable;

volatile uint8_t* heap_break;

void process_main() {
    pid_t first = sys_getpid();
    assert(first > 0 && first < PID_MAX);
    variable.before = 61;

    pid_t child = sys_fork();
    assert(child >= 0 && child < PID_MAX);
    pid_t second = sys_getpid();
    assert_eq(child == 0, second != first);
    assert_ne(child, first);

    pid_t grandchild = sys_fork();
    assert(grandchild >= 0 && grandchild < PID_MAX);
    pid_t self = sys_getpid();
    assert(grandchild == 0 ? self != first && self != second : self == second && grandchild != child);

    assert(constant.before == 61 && constant.after == 6161 && variable.before == 61);
    variable.after = self;
    sys_yield();
    assert(variable.after == self);

    srand(self);
    uint8_t* heap_start = (uint8_t*) round_up((uintptr_t) end, PAGESIZE);
    heap_break = heap_start;
    auto stack_page = (uint8_t*) round_down((uintptr_t) rdrsp() - 1, PAGESIZE);
    while (heap_break != stack_page) {
        int dice = rand(0, ALLOC_SLOWDOWN - 1);
        if (dice < self) {
            if (sys_page_alloc((void*) heap_break) < 0) {
                break;
            }
            for (unsigned long* word = (unsigned long*) heap_break;
                 word != (unsigned long*) (heap_break + PAGESIZE); ++word) {
                assert(*word == 0);
            }
            *heap_break = self;
            console[CPOS(24, 79)] = self;
            heap_break += PAGESIZE;
        } else if (dice == self && heap_start < heap_break) {
            uintptr_t address = rand((uintptr_t) heap_start, (uintptr_t) heap_break - 1);
            *((char*) address) = self;
        }
        sys_yield();
    }
    while (true) {
        sys_yield();
    }
}
