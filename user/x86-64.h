/* x86-64.h - the processor's registers, for programs in C++ and in C

      In C++ this is all of x86-64.hh too. The names are those of the courses' x86-64.h. */
#ifndef KINGLET_USER_X86_64_H
#define KINGLET_USER_X86_64_H
#include <stdint.h>
#include "layout.h"

#ifdef __cplusplus
#include "x86-64.hh"
#else
static inline uintptr_t rdrsp(void) {
    uintptr_t x;
    __asm__ volatile("movq %%rsp, %0" : "=r"(x));
    return x;
}
static inline uint64_t rdtsc(void) {
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return low | (uint64_t) high << 32;
}
#endif

/* rdrbp(), rdeflags()
      What the register holds. */
static inline uintptr_t rdrbp(void) {
    uintptr_t x;
    __asm__ volatile("movq %%rbp, %0" : "=r"(x));
    return x;
}
static inline uint32_t rdeflags(void) {
    uint64_t x;
    __asm__ volatile("pushfq; popq %0" : "=r"(x));
    return (uint32_t) x;
}
static inline void breakpoint(void) { __asm__ volatile("int3"); }

/* The same, as older courses call them */
static inline uintptr_t read_rsp(void) { return rdrsp(); }
static inline uintptr_t read_rbp(void) { return rdrbp(); }
static inline uint32_t rdflags(void) { return rdeflags(); }

#endif
