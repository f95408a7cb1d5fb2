// entry.S - the ways into the kernel and the one way out
//
//    A process's registers are saved straight into its own `regstate`: the task state's `rsp0`
//    points at the end of it, so the CPU itself pushes the first words there, and `syscall_entry`
//    does as the CPU would. The kernel then runs with its own page table, on its one stack, from
//    the top. `regstate` is declared in device/cpu.hh.
//    What runs or is read here before the page table changes lies in the entry area, which every
//    process's page table has: see page/entry_area.hh.
#include "device/entry.h"

        .macro save_registers
        .irp each, r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax
        pushq %\each
        .endr
        .endm

        .macro restore_registers            // and drop reg_intno and reg_errcode
        .irp each, rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
        popq %\each
        .endr
        addq $REGS_CODES_SIZE, %rsp
        .endm

        .macro push_as_the_cpu_would        // after `syscall`, onto the process's frame
        movq %rsp, entry_frame + FRAME_SCRATCH
        movq taskstate + TASKSTATE_RSP0(%rip), %rsp
        pushq $USER_DATA_SELECTOR
        pushq entry_frame + FRAME_SCRATCH
        pushq %r11
        pushq $USER_CODE_SELECTOR
        pushq %rcx
        .endm

        .text

// kernel_entry: from the boot loader, with the address of its `boot_info` in rdi.
        .globl kernel_entry
        .type kernel_entry, @function
kernel_entry:
        movq $kernel_stack_top, %rsp
        xorl %ebp, %ebp
        pushq $KERNEL_FLAGS
        popfq
        call kernel_init
        movq %rax, %rdi
        call kernel_start
        ud2
        .size kernel_entry, . - kernel_entry

        .section .text.entry_area, "ax", @progbits

// syscall_entry: from the `syscall` instruction. rcx holds the caller's rip, r11 its flags;
// interrupts are off.
        .globl syscall_entry
        .type syscall_entry, @function
syscall_entry:
        push_as_the_cpu_would
        subq $REGS_CODES_SIZE, %rsp         // the number and the error code: unused here
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

// syscall_entry_from_elsewhere: from `syscall` in code that is not 64-bit. No process has such
// code, but in QEMU's virtual-8086 mode `syscall` comes here. It is treated as a general protection
// fault.
        .globl syscall_entry_from_elsewhere
        .type syscall_entry_from_elsewhere, @function
syscall_entry_from_elsewhere:
        push_as_the_cpu_would
        pushq $0
        pushq $VECTOR_GENERAL_PROTECTION
        jmp .Lfrom_process
        .size syscall_entry_from_elsewhere, . - syscall_entry_from_elsewhere

// interrupt_entries: an entry point for each interrupt. All leave the same frame: where the CPU
// pushes no error code (SDM vol. 3A, 6.13; for the last two, AMD's manual, vol. 2, 8.2), the entry
// point pushes a zero. Some come on a stack of their own, whatever they interrupt.
        .globl interrupt_entries
        .type interrupt_entries, @function
        .balign INTERRUPT_ENTRY_SIZE
interrupt_entries:
        .set vector, 0
        .rept INTERRUPT_COUNT
        .balign INTERRUPT_ENTRY_SIZE
        .set has_error_code, (vector == VECTOR_DOUBLE_FAULT) \
            | ((vector >= VECTOR_TASK_STATE) & (vector <= VECTOR_PAGE_FAULT)) \
            | (vector == VECTOR_ALIGNMENT) | (vector == VECTOR_CONTROL) \
            | (vector == VECTOR_VMM) | (vector == VECTOR_SECURITY)
        .if !has_error_code
        pushq $0
        .endif
        pushq $vector
        .if vector == VECTOR_NMI || vector == VECTOR_DOUBLE_FAULT || vector == VECTOR_MACHINE_CHECK
        jmp kernel_interrupt
        .else
        jmp interrupt_entry
        .endif
        .set vector, vector + 1
        .endr
        .balign INTERRUPT_ENTRY_SIZE
        .size interrupt_entries, . - interrupt_entries

        .type interrupt_entry, @function
interrupt_entry:
        testb $PRIVILEGE_BITS, REGS_INTNO_TO_CS(%rsp)
        jz .Lwithout_privilege
.Lfrom_process:
        save_registers
        movq kernel_cr3(%rip), %rax
        movq %rax, %cr3
        movl $kernel_stack_top, %esp
        pushq $KERNEL_FLAGS
        popfq
        xorl %ebp, %ebp
        movq current, %rdi
        movq PROC_REGS(%rdi), %rdi
        call exception
        ud2
.Lwithout_privilege:                          // in virtual-8086 mode the bits of `cs` say nothing
        testl $VIRTUAL_8086_FLAG, REGS_INTNO_TO_FLAGS(%rsp)
        jnz .Lfrom_process
        jmp kernel_interrupt
        .size interrupt_entry, . - interrupt_entry

        .type kernel_interrupt, @function
kernel_interrupt:
        save_registers
        subq $REGS_SELECTORS_SIZE, %rsp
        movq %rsp, %rdi
        movq %cr3, %rbx
        movq kernel_cr3(%rip), %rax
        movq %rax, %cr3
        movq %rsp, %r12
        andq $-STACK_ALIGNMENT, %rsp
        pushq $KERNEL_FLAGS
        popfq
        call kernel_exception
        movq %r12, %rsp
        movq %rbx, %cr3
        addq $REGS_SELECTORS_SIZE, %rsp
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
