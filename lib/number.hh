// number.hh - small arithmetic
#ifndef KINGLET_NUMBER_HH
#define KINGLET_NUMBER_HH
#include <stdint.h>

// arraysize(array)
//    The number of elements in an array.
#define arraysize(array) (sizeof(array) / sizeof((array)[0]))

// min(a, b, ...) and max(a, b, ...)
//    The least and the greatest of the arguments, which have one type.
template <typename T>
constexpr T min(T a, T b) { return b < a ? b : a; }
template <typename T, typename... Rest>
constexpr T min(T a, T b, Rest... rest) { return min(min(a, b), rest...); }
template <typename T>
constexpr T max(T a, T b) { return a < b ? b : a; }
template <typename T, typename... Rest>
constexpr T max(T a, T b, Rest... rest) { return max(max(a, b), rest...); }

// msb(x) and lsb(x)
//    The position of the highest and of the lowest bit set in `x`, counted from 1; 0 if `x` is 0.
template <typename T>
constexpr int msb(T x) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8);
    if (x == 0) return 0;
    return sizeof(T) == 8 ? 64 - __builtin_clzl(uint64_t(x)) : 32 - __builtin_clz(uint32_t(x));
}
template <typename T>
constexpr int lsb(T x) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8);
    return __builtin_ffsl(long(x));
}

// round_down(x, m) and round_up(x, m)
//    The nearest multiple of `m` that is at most `x`, and the nearest that is at least `x`. `x` is
//    unsigned, `m` at least 1.
template <typename T>
constexpr T round_down(T x, uint64_t m) {
    static_assert(T(-1) > T(0), "an unsigned number, please");
    return T(x - x % m);
}
template <typename T>
constexpr T round_up(T x, uint64_t m) { return round_down(T(x + (m - 1)), m); }

// round_down_pow2(x) and round_up_pow2(x)
//    The nearest power of 2 that is at most `x`, and the nearest that is at least `x`; 0 if `x` is
//    0. `x` is unsigned.
template <typename T>
constexpr T round_down_pow2(T x) {
    static_assert(T(-1) > T(0), "an unsigned number, please");
    return x ? T(1) << (msb(x) - 1) : 0;
}
template <typename T>
constexpr T round_up_pow2(T x) {
    static_assert(T(-1) > T(0), "an unsigned number, please");
    return x ? T(1) << msb(T(x - 1)) : 0;
}

#endif
