// failing_kalloc.cc - a `kalloc` that fails when a test program says so: failing.img has it before the kernel's own
//
//    The linker's `--wrap` gives it every call of `kalloc(size_t, int)` from another file. It counts down a word that
//    user programs can write too: behind the screen's cells, the last of u-test.hh's `shared_words`.
#include "layout.h"
#include "page/pageinfo.hh"

extern "C" {
void* __real__Z6kallocmi(size_t size, int owner);
void* __wrap__Z6kallocmi(size_t size, int owner);
}

static volatile uint64_t& countdown = *reinterpret_cast<volatile uint64_t*>(CURSORPOS_ADDR + 8 + 10 * 8);

// 0: nothing fails; else that many calls, of which the last fails.
void* __wrap__Z6kallocmi(size_t size, int owner) {
    uint64_t n = countdown;
    if (n > 0) countdown = n - 1;
    return n == 1 ? nullptr : __real__Z6kallocmi(size, owner);
}
