// As CS61's p-forkexit of 2018: processes that fork, allocate and exit, without end
#include "process.hh"
#include "lib.hh"
#define ALLOC_SLOWDOWN 60

extern uint8_t end[];

uint8_t* heap_top;
uint8_t* stack_bottom;

void process_main() {
    while (rand() % ALLOC_SLOWDOWN != 0 || sys_fork() != 0) {
        sys_yield();
    }
    pid_t self = sys_getpid();
    srand(self);
    heap_top = (uint8_t*) round_up((uintptr_t) end, PAGESIZE);
    stack_bottom = (uint8_t*) round_down((uintptr_t) read_rsp() - 1, PAGESIZE);
    while (1) {
        int dice = rand() % (8 * ALLOC_SLOWDOWN);
        if (dice < 8 * self) {
            if (heap_top == stack_bottom || sys_page_alloc(heap_top) < 0) {
                break;
            }
            *heap_top = self;
            heap_top += PAGESIZE;
            if (console[CPOS(24, 0)]) {
                console_printf(CPOS(24, 0), 0, "\n");
            }
        } else if (dice == 8 * self) {
            if (sys_fork() == 0) {
                self = sys_getpid();
            }
        } else if (dice == 8 * self + 1) {
            sys_exit();
        } else {
            sys_yield();
        }
    }
    while (rand() % (2 * ALLOC_SLOWDOWN) != 0) {
        sys_yield();
    }
    sys_exit();
}
