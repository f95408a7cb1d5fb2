// abi.hh - what a user program and the kernel agree on
//
//    A system call is the `syscall` instruction with the call's number in `rax` and up to six arguments in
//    `rdi rsi rdx r10 r8 r9`. The result comes back in `rax`; from -1 down to -4095 it is an error.
//    `rcx` and `r11` are lost; every other register is kept.
#ifndef KINGLET_ABI_HH
#define KINGLET_ABI_HH
#include <stdint.h>
#include "layout.h"

constexpr int SYSCALL_GETPID = 1;
constexpr int SYSCALL_YIELD = 2;
constexpr int SYSCALL_PANIC = 3;
constexpr int SYSCALL_PAGE_ALLOC = 4;
constexpr int SYSCALL_FORK = 5;
constexpr int SYSCALL_EXIT = 6;
constexpr int SYSCALL_LOG = 7;
constexpr int NSYSCALL = 8;             // numbers from here on are unknown: `E_NOSYS`

// Errors, numbered as on Linux
constexpr int E_AGAIN = -11;            // no free process slot
constexpr int E_NOMEM = -12;            // out of physical memory
constexpr int E_FAULT = -14;            // an address the process may not use
constexpr int E_INVAL = -22;            // an argument that makes no sense
constexpr int E_NOSYS = -38;            // no such system call
constexpr int E_MINERROR = -4095;

// is_error(result)
//    True if a system call's result is an error number.
constexpr bool is_error(uint64_t result) {
    return result >= uint64_t(int64_t(E_MINERROR));
}

// A process's number is its slot in the process table: 1 to `NPROC - 1`, drawn as `1`-`9`, `a`-`z`.
constexpr int NPROC = 36;

constexpr int HZ = 100;                 // timer interrupts a second

// The longest message `sys_panic` and `sys_log` take, in bytes; what is longer is cut.
constexpr unsigned message_limit = 256;

#endif
