// u-lib.hh - what a program includes: system calls, and all of lib.hh
//
//    A program is one file, `user/p-NAME.cc`, with a function `process_main()` or `main()`. Returning from it exits.
//    It runs at user privilege, sees its own memory in [`PROC_START_ADDR`, `MEMSIZE_VIRTUAL`) and the screen.
#ifndef KINGLET_U_LIB_HH
#define KINGLET_U_LIB_HH
#include "lib.hh"
#include "x86-64.hh"

// The first address after the program's code and data
extern uint8_t end[];

// make_syscall(number, ...)
//    Make a system call with up to six arguments, as abi.hh says. Returns the kernel's answer.
inline uintptr_t make_syscall(uintptr_t number) {
    asm volatile("syscall" : "+a"(number) : : "rcx", "r11", "cc", "memory");
    return number;
}
inline uintptr_t make_syscall(uintptr_t number, uintptr_t a) {
    asm volatile("syscall" : "+a"(number) : "D"(a) : "rcx", "r11", "cc", "memory");
    return number;
}
inline uintptr_t make_syscall(uintptr_t number, uintptr_t a, uintptr_t b) {
    asm volatile("syscall" : "+a"(number) : "D"(a), "S"(b) : "rcx", "r11", "cc", "memory");
    return number;
}
inline uintptr_t make_syscall(uintptr_t number, uintptr_t a, uintptr_t b, uintptr_t c) {
    asm volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c) : "rcx", "r11", "cc", "memory");
    return number;
}
inline uintptr_t make_syscall(uintptr_t number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d) {
    register uintptr_t r10 asm("r10") = d;
    asm volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "cc", "memory");
    return number;
}
inline uintptr_t make_syscall(uintptr_t number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e) {
    register uintptr_t r10 asm("r10") = d;
    register uintptr_t r8 asm("r8") = e;
    asm volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "cc", "memory");
    return number;
}
inline uintptr_t make_syscall(uintptr_t number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e,
                              uintptr_t f) {
    register uintptr_t r10 asm("r10") = d;
    register uintptr_t r8 asm("r8") = e;
    register uintptr_t r9 asm("r9") = f;
    asm volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "cc", "memory");
    return number;
}

// sys_getpid()
//    This process's id.
inline pid_t sys_getpid() {
    return pid_t(make_syscall(SYSCALL_GETPID));
}

// sys_yield()
//    Let the other processes run; returns when this one's turn comes again.
inline void sys_yield() {
    make_syscall(SYSCALL_YIELD);
}

// sys_page_alloc(address)
//    Put a new page of zeros at `address`, a multiple of `PAGESIZE` from `PROC_START_ADDR` to below
//    `MEMSIZE_VIRTUAL`. A page that was there is gone. Returns 0; or, with nothing changed, `E_INVAL` for another
//    address, `E_NOMEM` if there is no memory.
inline int sys_page_alloc(void* address) {
    return int(make_syscall(SYSCALL_PAGE_ALLOC, reinterpret_cast<uintptr_t>(address)));
}

// sys_fork()
//    Make a copy of this process. Returns the child's id; in the child, 0. If there is no child, `E_AGAIN` (no free
//    slot) or `E_NOMEM`.
inline pid_t sys_fork() {
    return pid_t(make_syscall(SYSCALL_FORK));
}

// sys_log(text)
//    Write `text` to the log, under this process's id; only `message_limit` bytes of it. Returns 0, or `E_FAULT` if
//    it is not all in this process's memory.
inline int sys_log(const char* text) {
    return int(make_syscall(SYSCALL_LOG, reinterpret_cast<uintptr_t>(text)));
}

// sys_exit()
//    End this process and give back all its memory.
[[noreturn]] inline void sys_exit() {
    for (;;) make_syscall(SYSCALL_EXIT);
}

// sys_panic(message)
//    Stop this process, leaving its memory to be looked at; the kernel reports `message`.
[[noreturn]] inline void sys_panic(const char* message) {
    for (;;) {
        make_syscall(SYSCALL_PANIC, reinterpret_cast<uintptr_t>(message));
        message = "(no message that the kernel could read)";
    }
}

// log_printf(format, ...)
//    `sys_log`, printing as `printf` does.
void log_printf(const char* format, ...) __attribute__((format(printf, 1, 2)));

// access_memory(p) and clobber_memory(p)
//    Make the compiler believe that the byte at `p` is read, is changed.
inline void access_memory(const void* p) { asm volatile("" : : "m"(*static_cast<const char*>(p))); }
inline void clobber_memory(void* p) { asm volatile("" : "+m"(*static_cast<char*>(p))); }

#endif
