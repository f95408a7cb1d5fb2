// host.hh - what kernel code finds on the host instead of the kernel: included first by the tests of kernel code
//
//    A test includes the kernel's `.cc` files that it tests, unmodified. A kernel panic is an exception here.
#ifndef KINGLET_TEST_HOST_HH
#define KINGLET_TEST_HOST_HH
#include <gtest/gtest.h>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#if !__GLIBC_PREREQ(2, 38)
inline size_t strlcpy(char* to, const char* from, size_t size) {
    size_t length = strlen(from);
    if (size == 0) return length;
    size_t n = length < size ? length : size - 1;
    memcpy(to, from, n);
    to[n] = '\0';
    return length;
}
#endif

#define pause cpu_pause                 // the kernel's; <unistd.h> has another one
#include "lib.hh"
#include "check.cc"
#include "x86-64.hh"

struct kernel_panic : std::runtime_error {
    using runtime_error::runtime_error;
};

void panic(const char* format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    throw kernel_panic(text);
}

// panic_of(f)
//    The message with which `f()` panics; empty if it does not.
template <typename F>
std::string panic_of(F f) {
    try {
        f();
    } catch (const kernel_panic& e) {
        return e.what();
    }
    return "";
}

// rounds(n)
//    How often what is random is tried, of `n` times: all of them with `make check-long`, else a third.
inline uint64_t rounds(uint64_t n) { return getenv("EVERYTHING") ? n : (n + 2) / 3; }

struct random_numbers {
    std::mt19937_64 engine;
    explicit random_numbers(uint64_t seed)
        : engine(seed) {}
    uint64_t bits() { return engine(); }
    uint64_t below(uint64_t n) { return engine() % n; }
    bool one_in(uint64_t n) { return below(n) == 0; }
    template <typename C>
    const auto& element(const C& c) { return *std::next(std::begin(c), long(below(std::size(c)))); }
};

#endif
