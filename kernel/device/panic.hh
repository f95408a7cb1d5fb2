// panic.hh - the kernel's last words
//
//    `panic` and the `assert` family (declared in `lib.hh`) stop the machine. The kernel panics
//    only for its own bugs. What it has to say goes to the log, the screen, and `epitaph`, where
//    debuggers and graders find it.
#ifndef KINGLET_PANIC_HH
#define KINGLET_PANIC_HH
#include "device/cpu.hh"

constexpr int backtrace_limit = 16;

struct epitaph_record {
    char reason[300];                   // empty while the kernel lives
    regstate regs;
    uint64_t cr2, cr3;
    uintptr_t backtrace[backtrace_limit];   // return addresses, innermost first; 0 ends them
};
extern "C" epitaph_record epitaph;

// True if somebody looks: then a dead kernel's screen stays until a key ends it.
extern bool panic_stays;

// panic_with(regs, format, ...)
//    Panic because of an exception in the kernel; `regs` is the kernel's state when it happened.
//    With `regs` from `panic`'s own trap, the reason is the one that `panic` was given.
[[noreturn]] void panic_with(const regstate& regs, const char* format, ...)
    __attribute__((format(printf, 2, 3)));

// panic_for(regs)
//    Panic because of the exception in `regs`, which happened in the kernel: its cause in words.
[[noreturn]] void panic_for(const regstate& regs);

// exception_name(number)
//    What the manual calls exception `number` (0 to 31), in words (SDM vol. 3A, 6.3.1).
const char* exception_name(uint64_t number);

#endif
