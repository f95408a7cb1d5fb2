// lib.hh - for programs: lib/lib.hh, and what else the courses' lib.hh has
//
//    u-lib.hh includes it. Everything here that is not a template or one line long is defined in
//    user/u-names.cc.
#ifndef KINGLET_USER_LIB_HH
#define KINGLET_USER_LIB_HH
#include <limits.h>
#include <stddef.h>
#if __has_include(<type_traits>)
#include <initializer_list>
#include <new>
#include <type_traits>
#else
inline void* operator new(size_t, void* place) noexcept { return place; }
#endif
#include "../lib/lib.hh"
#include "u-setjmp.h"
#include "u-stdio.h"
#include "u-stdlib.h"
#include "u-string.h"

// PID_MAX and MAXNPROC
//    Every process's id is less than this. (Macros, so that a program can ask whether they are
//    defined.)
#define PID_MAX NPROC
#define MAXNPROC NPROC

// Attributes by their short names
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define __noinline __attribute__((noinline))
#define __noreturn __attribute__((noreturn))
#define __no_asan
#define __section(name) __attribute__((section(name)))
#define NO_COPY_OR_ASSIGN(type) \
    type(const type&) = delete; \
    type& operator=(const type&) = delete

// Errors that the kernel does not return, numbered as on Linux
constexpr int E_INTR = -4;
constexpr int E_NXIO = -6;
constexpr int E_NOTDIR = -20;
constexpr int E_ISDIR = -21;
constexpr int E_TXTBSY = -26;
constexpr int E_DOM = -33;
constexpr int E_RANGE = -34;
constexpr int E_DEADLK = -35;

// rand_engine
//    Random numbers of its own: the same for the same seed, whoever else calls `rand`.
struct rand_engine {
    using result_type = unsigned;
    rand_engine(unsigned long s = 819234718) { seed(s); }
    void seed(unsigned long s) { counter_ = s; }
    static constexpr unsigned min() { return 0; }
    static constexpr unsigned max() { return RAND_MAX; }

    // From 0 to `max()`; or from `low` to `high`, both included, `low <= high`.
    unsigned operator()();
    unsigned operator()(unsigned low, unsigned high);
    int operator()(int low, int high);

    unsigned long counter_;
};

// from_chars(first, last, value, base)
//    Read a number, as C++'s function of that name does: at `first` it begins with a digit, or, if
//    `value` is signed, with `-`. `ptr` is the first character behind it. `ec` is 0; or `E_INVAL`
//    if there is no number, with `ptr == first`; or `E_RANGE` if it does not fit into `value`,
//    which is then unchanged.
struct from_chars_result {
    const char* ptr;
    int ec;
};
from_chars_result from_chars(const char* first, const char* last, long& value, int base = 10);
from_chars_result from_chars(const char* first, const char* last, unsigned long& value,
                             int base = 10);

// to_chars(first, last, value, base)
//    Write a number, without a null character behind it. `ptr` is the first character behind it and
//    `ec` is 0; if there is not enough room, `ptr` is `last` and `ec` is `E_OVERFLOW`.
using to_chars_result = from_chars_result;
to_chars_result to_chars(char* first, char* last, long value, int base = 10);
to_chars_result to_chars(char* first, char* last, unsigned long value, int base = 10);
inline to_chars_result to_chars(char* first, char* last, int value, int base = 10) {
    return to_chars(first, last, long(value), base);
}

// crc32c(crc, bytes, size)
//    Continue a CRC-32C (RFC 3720, B.4): `crc` is that of the bytes before these, 0 if there are
//    none; returns that of all of them.
uint32_t crc32c(uint32_t crc, const void* bytes, size_t size);
inline uint32_t crc32c(const void* bytes, size_t size) { return crc32c(0, bytes, size); }

// printfmt<T>::spec
//    What follows `%` in a format to print a `T`.
template <typename T>
struct printfmt {};
#define PRINTFMT(type, letters) \
    template <> \
    struct printfmt<type> { \
        static constexpr char spec[] = letters; \
    }
PRINTFMT(bool, "d");
PRINTFMT(char, "c");
PRINTFMT(signed char, "d");
PRINTFMT(unsigned char, "u");
PRINTFMT(short, "d");
PRINTFMT(unsigned short, "u");
PRINTFMT(int, "d");
PRINTFMT(unsigned, "u");
PRINTFMT(long, "ld");
PRINTFMT(unsigned long, "lu");
PRINTFMT(long long, "lld");
PRINTFMT(unsigned long long, "llu");
#undef PRINTFMT
template <typename T>
struct printfmt<T*> {
    static constexpr char spec[] = "p";
};

#endif
