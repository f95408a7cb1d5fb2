// p-check-busy - processes fork, grow, replace pages and exit in a random order
//
//    wrong(address, expected, found): a page did not hold what this process last wrote there.
//    now(): from time to time, by anybody.   end(): the first process is still there.
#include "u-check-vm.hh"

constexpr unsigned steps = 60, places = 30;
static uint64_t written[places];                    // who wrote there last; 0: there is no page
static uint64_t self = 1;

static uintptr_t place(unsigned n) {
    return heap_start() + (n < places / 2 ? n : 230 + n) * PAGESIZE;
}

static void look(unsigned n) {
    if (written[n] == 0) return;
    auto words = reinterpret_cast<volatile uint64_t*>(place(n));
    unsigned last = PAGESIZE / 8 - 1;
    uint64_t first_word = written[n] << 48 | place(n), last_word = written[n] << 48 | (place(n) + 8 * last);
    if (words[0] != first_word) moment("wrong", &words[0], first_word, words[0]);
    if (words[last] != last_word) moment("wrong", &words[last], last_word, words[last]);
}

static void step() {
    unsigned n = unsigned(rand(0, places - 1)), choice = unsigned(rand(0, 9));
    look(n);
    if (choice < 4) {
        if (page_alloc(place(n)) == 0) written[n] = self, mark_page(place(n), self);
    } else if (choice < 6) {
        if (written[n] != 0) written[n] = self, mark_page(place(n), self);
    } else if (choice == 6 && sys_fork() == 0) {
        self = uint64_t(sys_getpid());
        srand(unsigned(check_seed * 100 + self + uint64_t(rand())));
    } else if (choice == 7 && self != 1 && rand(0, 2) == 0) {
        sys_exit();
    } else {
        sys_yield();
    }
}

void process_main() {
    check_begin();
    for (uint64_t& who : written) who = 0;          // even in memory that was not cleared
    for (unsigned n = 0; n < steps; ++n) {
        step();
        if (n % 20 == self % 20) moment("now");
    }
    for (unsigned n = 0; n < places; ++n) look(n);
    if (self != 1) sys_exit();
    for (int i = 0; i < 60; ++i) sys_yield();
    for (unsigned n = 0; n < places; ++n) look(n);
    moment("end");
    check_done();
}
