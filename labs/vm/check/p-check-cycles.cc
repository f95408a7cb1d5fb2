// p-check-cycles - children come and go, many more than there is memory or room for at once
//
//    took(count): a child has taken all memory it could get.   child(number): one that is about to exit.
//    forked(number, result): what the parent got, sometimes.
//    slots(count, result): at last so many children could be there at once; the next fork failed.   end().
#include "u-check-vm.hh"

constexpr unsigned cycles = 300;                    // more than a byte counts

static void measure() {
    pid_t result = sys_fork();
    if (result == 0) {
        unsigned count = take_pages(heap_start(), 1000);
        moment("took", count, last_result);
        for (unsigned i = 0; i < 2 * NPROC; ++i) {
            if (sys_fork() == 0) sys_exit();        // it fails: there is no memory
        }
        sys_exit();
    }
    if (result < 0) moment("forked", 0, result);
    let_others_run();
}

static bool is_looked_at(unsigned number) {
    return number <= 12 || number % 30 == 0;
}

static void run_child(unsigned number) {
    unsigned pages = unsigned(rand(0, 6));
    for (unsigned n = 0; n < pages; ++n) {
        page_alloc(heap_start() + (33 * n + unsigned(rand(0, 32))) * PAGESIZE);
    }
    if (is_looked_at(number)) moment("child", number);
    sys_exit();
}

// Fork with children that stay, until there is no slot left.
static void count_slots() {
    pid_t result;
    unsigned count = 0;
    while ((result = sys_fork()) > 0) ++count;
    if (result == 0) wait_for_ever();
    moment("slots", count, result);
}

void process_main() {
    check_begin();
    measure();
    for (unsigned number = 1; number <= cycles; ++number) {
        srand(unsigned(check_seed * 1000 + number));
        pid_t result = sys_fork();
        if (result == 0) run_child(number);
        if (result < 0 || number % 25 == 0) moment("forked", number, result);
        if (result < 0) break;
        for (int i = 0; i < 4; ++i) sys_yield();
    }
    let_others_run();
    measure();
    count_slots();
    moment("end");
    check_done();
}
