// As CS61's p-exit of 2024: processes that fork, fill memory at random and exit, without end
#include "u-lib.hh"
#ifndef ALLOC_SLOWDOWN
#define ALLOC_SLOWDOWN 18
#endif

extern uint8_t end[];

// What this process, or one that it was forked from, wrote last to each page of its heap
volatile uint8_t last_written[4096] = {0};

uint8_t* heap_start;
volatile uint8_t* heap_break;

static void fork_until_chosen() {
    while (true) {
        if (rand(0, ALLOC_SLOWDOWN) != 0) {
            sys_yield();
            continue;
        }
        pid_t child = sys_fork();
        assert(child < PID_MAX);
        switch (rand(0, 2)) {
        case 0:
            if (child > 0) {
                sys_exit();
            }
            break;
        case 1:
            if (child > 0) {
                return;
            }
            break;
        default:
            if (child == 0) {
                return;
            }
        }
    }
}

static void check_and_mark(unsigned page, uint8_t mark) {
    volatile uint8_t* first = heap_start + page * PAGESIZE;
    assert(*first == last_written[page]);
    last_written[page] = mark;
    *first = mark;
    assert(*first == mark);
}

static bool grow(uint8_t mark) {
    if (sys_page_alloc((void*) heap_break) < 0) {
        return false;
    }
    auto words = (unsigned long*) heap_break;
    for (unsigned long* word = words; word != words + PAGESIZE / sizeof(unsigned long); ++word) {
        assert(*word == 0);
    }
    *heap_break = mark;
    console[CPOS(24, 79)] = mark;
    last_written[(heap_break - heap_start) / PAGESIZE] = mark;
    heap_break += PAGESIZE;
    if (console[CPOS(24, 0)]) {
        console_printf(CPOS(24, 0), 0, "\n");
    }
    return true;
}

void process_main() {
    for (size_t i = 0; i != sizeof(last_written); ++i) {
        assert(last_written[i] == 0);
    }
    fork_until_chosen();

    int speed = rand(1, 16);
    pid_t self = sys_getpid();
    heap_start = (uint8_t*) round_up((uintptr_t) end, PAGESIZE);
    heap_break = heap_start;
    auto stack_page = (uint8_t*) round_down((uintptr_t) rdrsp() - 1, PAGESIZE);
    unsigned patience = 0;

    while (heap_break != stack_page) {
        int dice = rand(0, 6 * ALLOC_SLOWDOWN);
        if (dice >= 8 * speed) {
            if (dice % 4 < 2 && heap_break != heap_start) {
                check_and_mark(rand(0, (heap_break - heap_start - 1) / PAGESIZE), self);
            }
            sys_yield();
            continue;
        }

        dice = rand(0, 7 + min(patience / 4, 10U));
        if (dice < 2) {
            pid_t child = sys_fork();
            assert(child < PID_MAX);
            if (child == 0) {
                assert(sys_getpid() != self);
                self = sys_getpid();
                speed = rand(1, 16);
            }
        } else if (dice < 3) {
            sys_exit();
        } else if (grow(speed)) {
            patience = (heap_break - heap_start) / PAGESIZE;
        } else if (patience < 4) {
            sys_exit();
        } else {
            patience -= 4;
        }
    }

    while (rand(0, 2 * ALLOC_SLOWDOWN - 1) != 0) {
        sys_yield();
    }
    sys_exit();
}
