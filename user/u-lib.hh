// u-lib.hh - what a program includes: system calls, and all of lib.hh
//
//    A program is one file, `user/p-NAME.cc`, with a function `process_main()` or `main()`.
//    Returning from it exits. It runs at user privilege, sees its own memory from `PROC_START_ADDR`
//    on and the screen. Its addresses end at `MEMSIZE_VIRTUAL`, in the big machine at
//    `BIG_MEMSIZE_VIRTUAL`. Any call may be given any pointer: `E_FAULT` if the memory there is not
//    for this process to read (or to write, if the call writes), `E_NOMEM` if it was promised and
//    there is none. A call that returns an error changed nothing.
#ifndef KINGLET_U_LIB_HH
#define KINGLET_U_LIB_HH
#include "lib.hh"
#include "x86-64.h"

// The first address after the program's code and data. A program may declare it with another type
// (build/rules.mk).
#ifndef PROGRAM_DECLARES_END
extern uint8_t end[];
#endif

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
inline uintptr_t make_syscall(uintptr_t number, uintptr_t a, uintptr_t b, uintptr_t c,
                              uintptr_t d) {
    register uintptr_t r10 asm("r10") = d;
    asm volatile("syscall"
                 : "+a"(number)
                 : "D"(a), "S"(b), "d"(c), "r"(r10)
                 : "rcx", "r11", "cc", "memory");
    return number;
}
inline uintptr_t make_syscall(uintptr_t number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d,
                              uintptr_t e) {
    register uintptr_t r10 asm("r10") = d;
    register uintptr_t r8 asm("r8") = e;
    asm volatile("syscall"
                 : "+a"(number)
                 : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                 : "rcx", "r11", "cc", "memory");
    return number;
}
inline uintptr_t make_syscall(uintptr_t number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d,
                              uintptr_t e, uintptr_t f) {
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
//    Put a new page of zeros at `address`, a multiple of `PAGESIZE` within this process's
//    addresses. A page that was there is gone. Returns 0; or `E_INVAL` for another address,
//    `E_NOMEM` if there is no memory.
inline int sys_page_alloc(void* address) {
    return int(make_syscall(SYSCALL_PAGE_ALLOC, reinterpret_cast<uintptr_t>(address)));
}

// sys_page_free(address)
//    Give up the page at `address`, a multiple of `PAGESIZE`. In the heap or the stack, touching
//    that page again brings a new one. Returns 0; or `E_INVAL` if there is no page of this
//    process's, `E_NOMEM`.
inline int sys_page_free(void* address) {
    return int(make_syscall(SYSCALL_PAGE_FREE, reinterpret_cast<uintptr_t>(address)));
}

// sys_sbrk(delta)
//    Move the end of the heap by `delta` bytes; it starts, empty, on the page behind the program's
//    data. New memory is zeros, but for pages that `sys_page_alloc` has put there before. Returns
//    the old end; or `E_INVAL` if the heap would end before its start or beyond this process's
//    addresses, `E_NOMEM` if it would reach the stack, or there is no memory.
inline void* sys_sbrk(intptr_t delta) {
    return reinterpret_cast<void*>(make_syscall(SYSCALL_SBRK, uintptr_t(delta)));
}

// sys_mprotect(address, size, permissions)
//    Allow `permissions` (`PROT_*` together) in the pages of `[address, address + size)`; `address`
//    is a multiple of `PAGESIZE`. Returns 0; or `E_INVAL` for addresses that are not this
//    process's, unknown permissions, or `PROT_WRITE` and `PROT_EXEC` together; `E_NOMEM` if a page
//    there is neither present nor promised, or there is no memory.
inline int sys_mprotect(void* address, size_t size, int permissions) {
    return int(make_syscall(SYSCALL_MPROTECT, reinterpret_cast<uintptr_t>(address), size,
                            uintptr_t(permissions)));
}

// sys_mapping(address, mapping)
//    Store in `*mapping` what the page of `address` maps to. Returns 0; or `E_INVAL` if the address
//    is not this process's, `E_FAULT`, `E_NOMEM`.
inline int sys_mapping(const void* address, memory_mapping* mapping) {
    return int(make_syscall(SYSCALL_MAPPING, reinterpret_cast<uintptr_t>(address),
                            reinterpret_cast<uintptr_t>(mapping)));
}

// sys_memory(report)
//    Store in `*report` what memory there is, and what of it is this process's. Returns 0, or
//    `E_FAULT`, `E_NOMEM`.
inline int sys_memory(memory_report* report) {
    return int(make_syscall(SYSCALL_MEMORY, reinterpret_cast<uintptr_t>(report)));
}

// sys_fork()
//    Make a copy of this process. Returns the child's id; in the child, 0. If there is no child,
//    `E_AGAIN` (no free slot) or `E_NOMEM`.
inline pid_t sys_fork() {
    return pid_t(make_syscall(SYSCALL_FORK));
}

// sys_spawn(name)
//    Start a child that runs the program of that name. Returns its id; or `E_NOENT` (no such
//    program), `E_NOEXEC` (it cannot be loaded), `E_AGAIN` (no free slot), `E_NOMEM`, `E_FAULT`.
inline pid_t sys_spawn(const char* name) {
    return pid_t(make_syscall(SYSCALL_SPAWN, reinterpret_cast<uintptr_t>(name)));
}

// sys_exec(name, arguments)
//    Run the program of that name in this process, in the place of this one; its `main` gets the
//    strings of `arguments`, an array that ends with a null pointer; if `arguments` is null, it
//    gets default ones. Returns only errors: `E_NOENT`, `E_NOEXEC`, `E_NOMEM`, `E_FAULT`, or
//    `E_2BIG` for more than `argument_limit` strings or `argument_bytes_limit` bytes.
inline int sys_exec(const char* name, const char* const* arguments = nullptr) {
    return int(make_syscall(SYSCALL_EXEC, reinterpret_cast<uintptr_t>(name),
                            reinterpret_cast<uintptr_t>(arguments)));
}

inline int sys_execv(const char* name, const char* const* arguments) {
    return sys_exec(name, arguments);
}

// sys_wait(pid, status)
//    Wait until child `pid` has ended (0: any child), and free its slot. Stores in `*status`,
//    unless `status` is null, how the child ended: what it gave to `sys_exit`, `STATUS_FAULTED` or
//    `STATUS_KILLED`. Returns the child's id; or `E_CHILD` if there is no such child; `E_INVAL` if
//    there can be no such process; `E_FAULT`, `E_NOMEM`. The kernel remembers how a child ended as
//    long as the parent lives, even if another process has the child's slot by now; of such ends it
//    keeps the last 128, of all processes together.
inline pid_t sys_wait(pid_t pid = 0, int* status = nullptr) {
    return pid_t(make_syscall(SYSCALL_WAIT, uintptr_t(pid), reinterpret_cast<uintptr_t>(status)));
}

// sys_waitpid(pid, status, options)
//    With `options` 0, the same as `sys_wait`. With `W_NOHANG` it returns `E_AGAIN` where
//    `sys_wait` would wait. Returns `E_INVAL` for other options.
inline pid_t sys_waitpid(pid_t pid, int* status = nullptr, int options = 0) {
    return pid_t(make_syscall(SYSCALL_WAITPID, uintptr_t(pid), reinterpret_cast<uintptr_t>(status),
                              unsigned(options)));
}

// sys_kill(pid)
//    End a child, or a child's child, and so on. Its own children go on, without a parent. Returns
//    0; or `E_INVAL` for this process itself, or if there can be no such process; `E_SRCH` if there
//    is none, `E_PERM` if it does not descend from this one.
inline int sys_kill(pid_t pid) {
    return int(make_syscall(SYSCALL_KILL, uintptr_t(pid)));
}

// sys_getppid()
//    The id of this process's parent; 0 if it has none, or none any more.
inline pid_t sys_getppid() {
    return pid_t(make_syscall(SYSCALL_GETPPID));
}

// sys_sleep(milliseconds)
//    Let at least so much time pass.
inline int sys_sleep(uint64_t milliseconds) {
    return int(make_syscall(SYSCALL_SLEEP, milliseconds));
}
inline int sys_msleep(unsigned milliseconds) { return sys_sleep(milliseconds); }

// sys_uptime()
//    How long the machine has been running, in milliseconds; it goes up by 10 at each tick.
inline int64_t sys_uptime() {
    return int64_t(make_syscall(SYSCALL_UPTIME));
}

// sys_random()
//    A random number from 0 to `RAND_MAX`, of a sequence that all processes draw from. It is the
//    same one each time the machine starts, so that a run can be repeated.
inline int sys_random() {
    return int(make_syscall(SYSCALL_RANDOM));
}

// sys_log(text)
//    Write `text` to the log, under this process's id; only `message_limit` bytes of it. Returns 0,
//    or `E_FAULT`, `E_NOMEM`.
inline int sys_log(const char* text) {
    return int(make_syscall(SYSCALL_LOG, reinterpret_cast<uintptr_t>(text)));
}

// sys_write(fd, buffer, size, color, cpos)
//    Print the `size` bytes at `buffer`, `write_limit` of them at most, if `fd` is 1 or 2: in
//    `color`, at the position `cpos` of the screen, or at the cursor if that is negative. Returns
//    how many; or `E_BADF` for another `fd`, `E_FAULT`, `E_NOMEM`.
inline int64_t sys_write(int fd, const void* buffer, size_t size, int color = COLOR_NORMAL,
                         int cpos = -1) {
    return int64_t(make_syscall(SYSCALL_WRITE, uintptr_t(fd), reinterpret_cast<uintptr_t>(buffer),
                                size, uintptr_t(color), uintptr_t(cpos)));
}

// sys_exit(status)
//    End this process and give back all its memory. Its parent can learn the lowest 8 bits of
//    `status`.
[[noreturn]] inline void sys_exit(int status = 0) {
    for (;;) make_syscall(SYSCALL_EXIT, uintptr_t(status));
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
//    Make the compiler believe that the byte at `p` is read; that it is changed.
inline void access_memory(const void* p) { asm volatile("" : : "m"(*static_cast<const char*>(p))); }
inline void clobber_memory(void* p) { asm volatile("" : "+m"(*static_cast<char*>(p))); }

#endif
