// p-check-share - a family of five, which then goes, one after the other
//
//    born(number): a process that calls itself `number` runs; 0 has forked 1, 2 and 4, and 2 has forked 3.
//    all(): all five run.   leaving(number): is about to exit.   left(number): again, all but those who left.
//    alone(number, zeros): the last one; the page of constants at `zeros` was shared, and is about to be replaced.
//    took(count, zeros): that one has taken all memory there was.   end(number): and still runs.
#include "u-check-vm.hh"

static unsigned number, turn;
alignas(PAGESIZE) static const uint8_t zero_constants[PAGESIZE] = {};   // a page of constants with nothing else

// Who leaves in which order: the last one stays.
static constexpr uint8_t orders[][5] = {
    {1, 2, 3, 4, 0}, {4, 3, 2, 1, 0}, {0, 1, 2, 3, 4}, {2, 0, 4, 1, 3}, {3, 0, 1, 4, 2}, {0, 4, 3, 2, 1},
};

static void fork_as(unsigned child) {
    if (sys_fork() != 0) return;
    number = child;
    moment("born", number);
}

void process_main() {
    check_begin();
    number = 0;                                     // even in memory that was not cleared
    const uint8_t* order = orders[check_seed % 6];
    moment("born", number);
    fork_as(1);
    if (number == 0) fork_as(2);
    if (number == 2) fork_as(3);
    if (number == 0) fork_as(4);
    for (int i = 0; i < 20; ++i) sys_yield();
    if (number == 0) moment("all");
    for (int i = 0; i < 20; ++i) sys_yield();
    for (turn = 0; order[turn] != number; ++turn) {
        for (int i = 0; i < 8; ++i) sys_yield();
        moment("left", number, turn);
    }
    if (turn < 4) {
        moment("leaving", number);
        sys_exit();
    }
    auto zeros = reinterpret_cast<uintptr_t>(zero_constants);
    moment("alone", number, zeros);
    page_alloc(zeros);
    moment("took", take_pages(heap_start(), 1000), zeros);
    moment("end", number);
    check_done();
}
