// kernel_host.hh - what the kernel's sources find before their first line when they are compiled for this machine
//
//    They are compiled as they are. An instruction that only a kernel may execute becomes a function, and the process
//    table is small, so that every way of running out of slots is a short one.
#ifndef KINGLET_PROVE_KERNEL_HOST_HH
#define KINGLET_PROVE_KERNEL_HOST_HH

#define NPROC kernel_nproc
#include "abi.hh"
#undef NPROC
constexpr int NPROC = 4;                // slots 1 to 3

#define pause cpu_pause                 // the kernel's; <unistd.h> has another one
#include "x86-64.hh"
#undef pause

inline void host_wrcr3(uint64_t) {}
#define wrcr3 host_wrcr3

#endif
