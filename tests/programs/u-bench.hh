// u-bench.hh - for programs that measure
//
//    As those that test, they log `ok` in the end, or `not ok` if what was measured did not happen.
#ifndef KINGLET_U_BENCH_HH
#define KINGLET_U_BENCH_HH
#include "u-test.hh"

// report(name, start, repetitions)
//    Log what each of the repetitions took that began when the time-stamp counter was `start`, and
//    end now.
inline void report(const char* name, uint64_t start, unsigned repetitions) {
    uint64_t cost = rdtsc() - start;
    log_printf("bench %s=%lu", name, (cost + repetitions / 2) / repetitions);
}

#endif
