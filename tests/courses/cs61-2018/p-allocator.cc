// As CS61's p-allocator of 2018: takes memory until there is none
#include "process.hh"
#include "lib.hh"
#define ALLOC_SLOWDOWN 100

extern uint8_t end[];

uint8_t* heap_top;
uint8_t* stack_bottom;

void process_main() {
    pid_t p = sys_getpid();
    srand(p);
    heap_top = (uint8_t*) round_up((uintptr_t) end, PAGESIZE);
    stack_bottom = (uint8_t*) round_down((uintptr_t) read_rsp() - 1, PAGESIZE);
    while (1) {
        if ((rand() % ALLOC_SLOWDOWN) < p) {
            if (heap_top == stack_bottom || sys_page_alloc(heap_top) < 0) {
                break;
            }
            *heap_top = p;
            heap_top += PAGESIZE;
        }
        sys_yield();
    }
    while (1) {
        sys_yield();
    }
}
