/* As the WeensyOS in C of NYU and others has it: processes that fork, allocate and exit, without end */
#include "process.h"
#include "lib.h"
#define ALLOC_SLOWDOWN 100

extern uint8_t end[];

uint8_t* heap_top;
uint8_t* stack_bottom;

static void fork_until_child(void) {
    for (;;) {
        if (rand() % ALLOC_SLOWDOWN == 0) {
            if (sys_fork() == 0) {
                return;
            }
        } else {
            sys_yield();
        }
    }
}

void process_main(void) {
    fork_until_child();
    pid_t self = sys_getpid();
    srand(self);
    heap_top = ROUNDUP((uint8_t*) end, PAGESIZE);
    stack_bottom = ROUNDDOWN((uint8_t*) read_rsp() - 1, PAGESIZE);
    for (;;) {
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
