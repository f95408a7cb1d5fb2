// entry.S - the ways into the kernel and the one way out
//
//    A process's registers are saved straight into its own `regstate`: the task state's `rsp0` points at the end of
//    it, so the CPU itself pushes the first words there, and `syscall_entry` does as the CPU would. The kernel then
//    runs with its own page table, on its one stack, from the top. `regstate` is declared in device/cpu.hh.
//    What runs or is read here before the page table changes lies in the entry area, which every process's page
//    table has: see page/kernel_map.hh.
#include "layout.h"

#define SELECTORS_SIZE  16                  // reg_ds to reg_gs, not saved here
#define PROC_PAGETABLE  0                   // in a `proc`: see process/process.hh
#define PROC_REGS       16
#define FRAME_SCRATCH   192                 // in the frame, behind the registers
#define TASKSTATE_RSP0  4                   // in `taskstate`: see device/cpu.hh
#define TASKSTATE_FRAME 12

        .macro save_registers
        pushq %r15
        pushq %r14
        pushq %r13
        pushq %r12
        pushq %r11
        pushq %r10
        pushq %r9
        pushq %r8
        pushq %rdi
        pushq %rsi
        pushq %rbp
        pushq %rbx
        pushq %rdx
        pushq %rcx
        pushq %rax
        .endm

        .macro restore_registers            // and drop reg_intno and reg_errcode
        popq %rax
        popq %rcx
        popq %rdx
        popq %rbx
        popq %rbp
        popq %rsi
        popq %rdi
        popq %r8
        popq %r9
        popq %r10
        popq %r11
        popq %r12
        popq %r13
        popq %r14
        popq %r15
        addq $16, %rsp
        .endm

        .text

// kernel_entry: from the boot loader, with the address of its `boot_info` in rdi.
        .globl kernel_entry
        .type kernel_entry, @function
kernel_entry:
        movq $kernel_stack_top, %rsp
        xorl %ebp, %ebp
        pushq $2
        popfq
        call kernel_init
        movq %rax, %rdi
        call kernel_start
        ud2
        .size kernel_entry, . - kernel_entry

        .section .text.entry_area, "ax", @progbits

// syscall_entry: from the `syscall` instruction. rcx holds the caller's rip, r11 its flags; interrupts are off.
        .globl syscall_entry
        .type syscall_entry, @function
syscall_entry:
        movq %rsp, entry_frame + FRAME_SCRATCH
        movq taskstate + TASKSTATE_RSP0(%rip), %rsp
        pushq $0x1B                         // SEGSEL_USER_DATA
        pushq entry_frame + FRAME_SCRATCH
        pushq %r11
        pushq $0x23                         // SEGSEL_USER_CODE
        pushq %rcx
        subq $16, %rsp                      // reg_errcode and reg_intno have no meaning
        save_registers
        movq kernel_cr3(%rip), %rax
        movq %rax, %cr3
        movl $kernel_stack_top, %esp
        xorl %ebp, %ebp
        movq current, %rdi
        movq PROC_REGS(%rdi), %rdi
        call syscall
        ud2
        .size syscall_entry, . - syscall_entry

// interrupt_entries: 256 entry points, 16 bytes each. All leave the same frame: those interrupts for which the CPU
// pushes no error code (SDM vol. 3A, 6.13) push a zero.
        .globl interrupt_entries
        .type interrupt_entries, @function
        .balign 16
interrupt_entries:
        .set vector, 0
        .rept 256
        .balign 16
        .set has_error_code, (vector == 8) | ((vector >= 10) & (vector <= 14)) | (vector == 17) | (vector == 21) \
            | (vector == 29) | (vector == 30)
        .if !has_error_code
        pushq $0
        .endif
        pushq $vector
        .if vector == 2 || vector == 8 || vector == 18
        jmp kernel_interrupt                // these come on a stack of their own, whatever they interrupt
        .else
        jmp interrupt_entry
        .endif
        .set vector, vector + 1
        .endr
        .balign 16
        .size interrupt_entries, . - interrupt_entries

        .type interrupt_entry, @function
interrupt_entry:
        testb $3, 24(%rsp)                  // the code selector's privilege: 0 if the kernel was interrupted
        jz kernel_interrupt
        save_registers
        movq kernel_cr3(%rip), %rax
        movq %rax, %cr3
        movl $kernel_stack_top, %esp
        pushq $2                            // direction and alignment-check flags off
        popfq
        xorl %ebp, %ebp
        movq current, %rdi
        movq PROC_REGS(%rdi), %rdi
        call exception
        ud2
        .size interrupt_entry, . - interrupt_entry

        .type kernel_interrupt, @function
kernel_interrupt:
        save_registers
        subq $SELECTORS_SIZE, %rsp
        movq %rsp, %rdi
        movq %cr3, %rbx
        movq kernel_cr3(%rip), %rax
        movq %rax, %cr3
        movq %rsp, %r12
        andq $-16, %rsp
        pushq $2
        popfq
        call kernel_exception
        movq %r12, %rsp
        movq %rbx, %cr3
        addq $SELECTORS_SIZE, %rsp
        restore_registers
        iretq
        .size kernel_interrupt, . - kernel_interrupt

// exception_return(p): go to this process.
        .globl exception_return
        .type exception_return, @function
exception_return:
        movq PROC_PAGETABLE(%rdi), %rax
        movq %rax, %cr3
        movq taskstate + TASKSTATE_FRAME(%rip), %rsp
        restore_registers
        iretq
        .size exception_return, . - exception_return

        .section .note.GNU-stack, "", @progbits
