// p-check-other - another program than `check-first`: longer, and with data
#include "u-check.hh"

static volatile uint64_t numbers[3 * PAGESIZE / 8] = {61};

// So that the program's first instruction lies elsewhere
[[gnu::noinline]] static uint64_t sum() {
    uint64_t total = 0;
    for (volatile uint64_t& each : numbers) total += each;
    return total;
}

void process_main() {
    check_begin();
    moment("runs", sys_getpid(), sum());
    check_done();
}
