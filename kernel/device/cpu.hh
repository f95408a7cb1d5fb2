// cpu.hh - the processor's tables: segments, task state, interrupt gates, protection
//
//    Called once by `kernel_init`; after that only the selectors are moved, when another process
//    becomes the one that runs.
//    Invariant: the CPU, entering the kernel from a process, saves that process's state straight
//    into the process's own `regstate`, and nowhere else.
#ifndef KINGLET_CPU_HH
#define KINGLET_CPU_HH
#include "device/entry.h"
#include "x86-64.hh"
#include <cstddef>

// A process's registers. The CPU and `entry.S` fill it from the end downwards, so its end is
// 16-byte aligned (SDM vol. 3A, 6.14.2). The selectors at its start are saved and loaded only when
// another process is to run.
struct regstate {
    uint32_t reg_ds, reg_es, reg_fs, reg_gs;
    uint64_t reg_rax, reg_rcx, reg_rdx, reg_rbx, reg_rbp, reg_rsi, reg_rdi;
    uint64_t reg_r8, reg_r9, reg_r10, reg_r11, reg_r12, reg_r13, reg_r14, reg_r15;
    uint64_t reg_intno;                 // interrupt number; after a system call, without meaning
    uint64_t reg_errcode;               // the CPU's error code, 0 for interrupts that have none
    uint64_t reg_rip, reg_cs, reg_rflags, reg_rsp, reg_ss;
};
static_assert(sizeof(regstate) == REGS_SIZE && sizeof(regstate) % STACK_ALIGNMENT == 0);
static_assert(offsetof(regstate, reg_rax) == REGS_SELECTORS_SIZE);
static_assert(offsetof(regstate, reg_rip) - offsetof(regstate, reg_intno) == REGS_CODES_SIZE);
static_assert(offsetof(regstate, reg_cs) - offsetof(regstate, reg_intno) == REGS_INTNO_TO_CS);
static_assert(offsetof(regstate, reg_rflags) - offsetof(regstate, reg_intno)
              == REGS_INTNO_TO_FLAGS);

// What the entries load into CR3: the physical address of the kernel's page table. At first it is
// the boot loader's.
extern "C" uint64_t kernel_cr3;

// init_cpu(entries, syscall_entry)
//    Load segments, task state and all 256 gates, and switch on every protection that this CPU has.
//    `entries` is the code of `INTERRUPT_COUNT` entry points, each of `INTERRUPT_ENTRY_SIZE` bytes;
//    `syscall_entry` is where `syscall` goes.
void init_cpu(const void* entries, const void* syscall_entry);

// set_frame(va)
//    From now on entries from user mode save registers in the `regstate` that the process's page
//    table has at `va` (16-byte aligned), and `exception_return` takes them from there.
void set_frame(uintptr_t va);

// clear_emergency_stacks()
//    Forget the registers that were saved there: those stacks are part of every process's page
//    table.
void clear_emergency_stacks();

// load_selectors(regs) and save_selectors(regs)
//    Move the data segment selectors that the running process may load by itself.
inline void save_selectors(regstate& regs) {
    asm volatile("movl %%ds, %0; movl %%es, %1; movl %%fs, %2; movl %%gs, %3"
                 : "=r"(regs.reg_ds), "=r"(regs.reg_es), "=r"(regs.reg_fs), "=r"(regs.reg_gs));
}
inline void load_selectors(const regstate& regs) {
    asm volatile("movl %0, %%ds; movl %1, %%es; movl %2, %%fs; movl %3, %%gs"
                 : : "r"(regs.reg_ds), "r"(regs.reg_es), "r"(regs.reg_fs), "r"(regs.reg_gs));
}

// wait_for_interrupt()
//    Halt until an interrupt has been noted. Only here and in `let_interrupts_in` can the kernel be
//    interrupted. Then it only notes what has come (`note_interrupt` in `kernel.cc`).
inline void wait_for_interrupt() {
    asm volatile("sti; hlt; cli" : : : "memory");
}

// let_interrupts_in()
//    Note the interrupts that have come, if any.
inline void let_interrupts_in() {
    asm volatile("sti; nop; cli" : : : "memory");
}

#endif
