// 2023: attributes by short names, and registers
#include "u-lib.hh"

static __noinline uintptr_t frame_of_callee() { return rdrbp(); }
__always_inline uintptr_t own_frame() { return rdrbp(); }

void process_main() {
    uintptr_t here = own_frame();
    assert_ge(here, frame_of_callee());
    assert_ge(here, rdrsp());
    assert_eq(round_down(here - 1, PAGESIZE), round_down(rdrsp(), PAGESIZE));
    assert(rdeflags() & EFLAGS_IF);
    uint64_t before = rdtsc();
    access_memory(&before);
    clobber_memory(&before);
    assert_ge(rdtsc(), before);
}
