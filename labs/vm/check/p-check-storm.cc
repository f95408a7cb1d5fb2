// p-check-storm - a crowd of processes fights for memory: more than there is
//
//    wrong(address, expected, found): a page did not hold what this process last wrote there.
//    odd(call, result): a call (0 page_alloc, 1 fork) failed with another error than those for too little of something.
//    took(count): all others have gone, and the first process has taken what there was.   end(): it still runs.
#include "u-check-vm.hh"

constexpr unsigned places = 60, most_generations = 3;
static uint64_t written[places], self;              // who wrote there last; 0: there is no page
static unsigned generation;

// All over the address space, its first and last pages included
static uintptr_t place(unsigned n) {
    return n == places - 1 ? stack_page() - PAGESIZE : heap_start() + 8 * n * PAGESIZE;
}

static void expect_word(uintptr_t address, uint64_t who) {
    uint64_t found = *reinterpret_cast<volatile uint64_t*>(address), expected = who << 48 | address;
    if (found != expected) moment("wrong", address, expected, found);
}

static void look(unsigned n) {
    if (written[n] == 0) return;
    expect_word(place(n), written[n]);
    expect_word(place(n) + PAGESIZE - 8, written[n]);
}

static void allocate(unsigned n) {
    int result = page_alloc(place(n));
    if (result < 0) {
        if (result != E_NOMEM) moment("odd", 0, result);
        return;
    }
    written[n] = self;
    mark_page(place(n), self);
}

static void be_child() {
    ++generation;
    self = self * 5 + uint64_t(sys_getpid());
    srand(unsigned(check_seed * 1000 + self % 1000));
    self = self % 0xFFFF + 1;
}

static void fork_one() {
    if (generation == most_generations) return;
    pid_t result = sys_fork();
    if (result == 0) be_child();
    else if (result < 0 && result != E_NOMEM && result != E_AGAIN) moment("odd", 1, result);
}

static void live(unsigned steps) {
    for (unsigned i = 0; i < steps; ++i) {
        unsigned n = unsigned(rand(0, places - 1)), choice = unsigned(rand(0, 99));
        look(n);
        if (choice < 65) allocate(n);
        else if (choice < 70) fork_one();
        else sys_yield();
    }
    for (unsigned n = 0; n < places; ++n) look(n);
}

void process_main() {
    check_begin();
    for (uint64_t& who : written) who = 0;          // even in memory that was not cleared
    generation = 0;
    self = 1;
    for (int i = 0; i < 12 && generation == 0; ++i) {
        fork_one();
        if (generation == 0) live(4);
    }
    if (generation > 0) {
        live(40);
        sys_exit();
    }
    let_others_run();
    let_others_run();
    for (unsigned n = 0; n < places; ++n) look(n);
    moment("took", take_pages(PROC_START_ADDR + 0x80000, 1000));
    moment("end");
    check_done();
}
