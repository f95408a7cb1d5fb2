// u-check-vm.hh - what the check programs of this lab share
//
//    Each program says at its top what it does and what the words of its moments are. They use no system call but
//    `sys_page_alloc`, `sys_fork`, `sys_exit` and `sys_yield`, and no way to speak to each other: the grader sees all.
#ifndef KINGLET_U_CHECK_VM_HH
#define KINGLET_U_CHECK_VM_HH
#include "u-check.hh"

constexpr uintptr_t quarter_size = 0x40000;         // programs that run four at a time are linked so far apart

// quarter()
//    Which of four programs this is: 0 to 3.
inline unsigned quarter() {
    return unsigned((reinterpret_cast<uintptr_t>(end) - PROC_START_ADDR) / quarter_size);
}

// heap_start()
//    The first page after the program.
inline uintptr_t heap_start() {
    return round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE);
}

// stack_page()
//    The page that the stack is in.
inline uintptr_t stack_page() {
    return round_down(rdrsp() - 1, PAGESIZE);
}

// page_alloc(va)
//    `sys_page_alloc` by a number.
inline int page_alloc(uintptr_t va) {
    return int(make_syscall(SYSCALL_PAGE_ALLOC, va));
}

// fill_page(va, who)
//    Give each word of a page a value that no other word has: who wrote it, and where.
inline void fill_page(uintptr_t va, uint64_t who) {
    auto words = reinterpret_cast<volatile uint64_t*>(va);
    for (unsigned i = 0; i < PAGESIZE / 8; ++i) words[i] = who << 48 | (va + 8 * i);
}

// mark_page(va, who)
//    The same for the first word and the last, where every word would take too long.
inline void mark_page(uintptr_t va, uint64_t who) {
    auto words = reinterpret_cast<volatile uint64_t*>(va);
    words[0] = who << 48 | va;
    words[PAGESIZE / 8 - 1] = who << 48 | (va + PAGESIZE - 8);
}

// touch(va)
//    Read a byte, for kernels that bring a page only then.
inline void touch(uintptr_t va) {
    asm volatile("movb (%0), %%al" : : "r"(va) : "rax", "memory");
}

// take_pages(first, most)
//    Allocate and mark pages from `first` on, up to `most`, but not the stack's, until there are no more. Returns how
//    many; `last_result` is the last call's.
inline int last_result;
inline unsigned take_pages(uintptr_t first, unsigned most) {
    unsigned taken = 0;
    uintptr_t stack = stack_page();
    for (uintptr_t va = first; va < MEMSIZE_VIRTUAL && taken < most; va += PAGESIZE) {
        if (va == stack) continue;
        last_result = page_alloc(va);
        if (last_result < 0) break;
        mark_page(va, 1);
        ++taken;
    }
    return taken;
}

// let_others_run()
//    Let all other processes come to their next wait, or their end.
inline void let_others_run() {
    for (int i = 0; i < 300; ++i) sys_yield();
}

// wait_for_ever()
//    Stay, and do nothing.
[[noreturn]] inline void wait_for_ever() {
    for (;;) sys_yield();
}

// Ways to use memory that a process may not have
enum access_kind { access_read, access_write, access_execute };

// try_access(address, kind)
//    Say so, and use it. Nobody should come back.
inline void try_access(uintptr_t address, access_kind kind) {
    moment("try", quarter(), address, kind);
    if (kind == access_read) asm volatile("movb (%0), %%al" : : "r"(address) : "rax", "memory");
    if (kind == access_write) asm volatile("lock orb $0, (%0)" : : "r"(address) : "memory");
    if (kind == access_execute) asm volatile("call *%0" : : "r"(address) : "rax", "rcx", "rdx", "memory");
    moment("survived", quarter(), address, kind);
}

#endif
