// syscall_arguments.hh - from registers to the arguments of a system call's function
//
//    `syscall.cc` wraps each call's function in `with_arguments`; nobody else looks at a process's
//    registers for what it asks. Registers in the order of arguments: rdi, rsi, rdx, r10, r8, r9.
#ifndef KINGLET_SYSCALL_ARGUMENTS_HH
#define KINGLET_SYSCALL_ARGUMENTS_HH
#include "memory/user_memory.hh"
#include "process/proc.hh"

// A register with an argument, which converts to the type that the call's function takes. If the
// function takes an `int` and the value does not fit into one, it gets the smallest `int`, which no
// call allows.
struct argument {
    static constexpr int no_int = -0x7FFFFFFF - 1;
    uint64_t value;

    operator uint64_t() const { return value; }
    operator int64_t() const { return int64_t(value); }
    operator int() const { return int64_t(value) == int(value) ? int(value) : no_int; }
    template <typename T>
    operator user_ptr<T>() const {
        return {value};
    }
};

// Call `function` with the process and as many arguments as it takes. They stand in the registers
// in this order.
template <auto function>
int64_t with_arguments(proc& p) {
    const regstate& regs = *p.regs;
    argument a = {regs.reg_rdi};
    argument b = {regs.reg_rsi};
    argument c = {regs.reg_rdx};
    argument d = {regs.reg_r10};
    argument e = {regs.reg_r8};
    argument f = {regs.reg_r9};
    if constexpr (requires { function(p); }) return function(p);
    else if constexpr (requires { function(p, a); }) return function(p, a);
    else if constexpr (requires { function(p, a, b); }) return function(p, a, b);
    else if constexpr (requires { function(p, a, b, c); }) return function(p, a, b, c);
    else if constexpr (requires { function(p, a, b, c, d); }) return function(p, a, b, c, d);
    else if constexpr (requires { function(p, a, b, c, d, e); }) return function(p, a, b, c, d, e);
    else return function(p, a, b, c, d, e, f);
}

#endif
