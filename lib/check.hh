// check.hh - panic and assertions
//
//    An assertion that fails panics with where, what, and the values that disagree. The kernel and
//    programs each define what a panic does: in the kernel it stops the machine, in a program only
//    that process.
#ifndef KINGLET_CHECK_HH
#define KINGLET_CHECK_HH
#include <stddef.h>
#include <stdint.h>
#include "string.hh"

// panic(format, ...)
//    Stop, with a message.
[[noreturn]] void panic(const char* format, ...) __attribute__((format(printf, 1, 2), cold));

// assert(condition) or assert(condition, description)
//    Panic unless `condition` is true.
#undef assert
#define assert(condition, ...) \
    do { \
        if (!(condition)) assert_fail(__FILE__, __LINE__, #condition __VA_OPT__(, ) __VA_ARGS__); \
    } while (false)

// assert_eq(x, y), and so on
//    Panic, showing both values, unless `x == y`; the two are compared after C's usual conversions.
#define assert_eq(x, y) ASSERT_COMPARE(x, ==, y)
#define assert_ne(x, y) ASSERT_COMPARE(x, !=, y)
#define assert_lt(x, y) ASSERT_COMPARE(x, <, y)
#define assert_le(x, y) ASSERT_COMPARE(x, <=, y)
#define assert_gt(x, y) ASSERT_COMPARE(x, >, y)
#define assert_ge(x, y) ASSERT_COMPARE(x, >=, y)

// assert_memeq(x, y, size)
//    Panic, showing where they differ first, unless the `size` bytes at `x` and at `y` are equal.
#define assert_memeq(x, y, size) \
    check_memory(__FILE__, __LINE__, "memcmp(" #x ", " #y ", " #size ") == 0", (x), (y), (size))

// A value to show: a number or an address
struct shown_value {
    enum {
        is_signed,
        is_unsigned,
        is_address
    } kind;
    uint64_t bits;

    template <typename T>
    explicit constexpr shown_value(T x)
        : kind(T(-1) < T(0) ? is_signed : is_unsigned), bits(uint64_t(x)) {}
    explicit constexpr shown_value(bool x)
        : kind(is_unsigned), bits(x) {}
    template <typename T>
    explicit shown_value(T* x)
        : kind(is_address), bits(reinterpret_cast<uintptr_t>(x)) {}
    explicit constexpr shown_value(decltype(nullptr))
        : kind(is_address), bits(0) {}
};

[[noreturn]] void assert_fail(const char* file, int line, const char* condition,
                              const char* description = nullptr) __attribute__((cold));
[[noreturn]] void assert_compare_fail(const char* file, int line, const char* condition,
                                      shown_value x, shown_value y) __attribute__((cold));
void check_memory(const char* file, int line, const char* condition, const void* x, const void* y,
                  size_t size);

// The type in which C compares an `X` with a `Y`
template <typename X, typename Y>
struct compared {
    static X x();
    static Y y();
    using type = decltype(true ? x() : y());
};

#define ASSERT_COMPARE(x, op, y) \
    do { \
        auto left_ = (x); \
        auto right_ = (y); \
        using type_ = typename compared<decltype(left_), decltype(right_)>::type; \
        if (!(type_(left_) op type_(right_))) { \
            assert_compare_fail(__FILE__, __LINE__, #x " " #op " " #y, shown_value(left_), \
                                shown_value(right_)); \
        } \
    } while (false)

#endif
