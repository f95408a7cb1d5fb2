// 2020: arithmetic of lib.hh
#include "u-lib.hh"

static_assert(round_up(4097UL, PAGESIZE) == 8192 && round_down(4097U, 4096) == 4096);
static_assert(round_up_pow2(61U) == 64 && round_down_pow2(61UL) == 32 && round_up_pow2(0U) == 0);
static_assert(msb(61) == 6 && msb(0) == 0 && msb(-1) == 32 && msb(1UL << 63) == 64);
static_assert(lsb(64) == 7 && lsb(0U) == 0);

void process_main() {
    assert_eq(min(3, 1, 2), 1);
    assert_eq(max(3L, 1L), 3L);
    int squares[7];
    assert_eq(arraysize(squares), 7U);
    assert_lt(rand(-5, 5), 6);
    assert_ge(rand(), 0);
    assert_le(rand(), RAND_MAX);
    struct pair { int first; long second; };
    assert_eq(offsetof(pair, second), 8U);
    assert_ne(rdrsp(), 0U);
}
