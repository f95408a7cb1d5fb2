/* entry.h - the numbers of entry.S, for assembly and C++ alike

      Plain macros, since assembly must read them too. `static_assert`s in C++ compare each number
      with what it describes, where that is declared: device/cpu.hh, device/cpu.cc and
      process/proc.hh. */
#ifndef KINGLET_ENTRY_H
#define KINGLET_ENTRY_H

/* The 256 entry points, of equal size; and the interrupts that entry.S treats in their own ways
   (SDM vol. 3A, 6.3.1). */
#define INTERRUPT_COUNT         256
#define INTERRUPT_ENTRY_SIZE    16
#define VECTOR_NMI              2
#define VECTOR_DOUBLE_FAULT     8
#define VECTOR_TASK_STATE       10      /* 10 to 14: invalid task state to page fault */
#define VECTOR_GENERAL_PROTECTION       13
#define VECTOR_PAGE_FAULT       14
#define VECTOR_ALIGNMENT        17
#define VECTOR_MACHINE_CHECK    18
#define VECTOR_CONTROL          21      /* control protection */
#define VECTOR_VMM              29      /* AMD: VMM communication */
#define VECTOR_SECURITY         30      /* AMD: security exception */

/* What the CPU pushes on its way in, and `syscall_entry` in its place */
#define USER_DATA_SELECTOR      0x1B
#define USER_CODE_SELECTOR      0x23
#define PRIVILEGE_BITS          3       /* of a selector: 0 is the kernel */
#define KERNEL_FLAGS            2       /* the bit that is always set; all others off */
#define VIRTUAL_8086_FLAG       0x20000
#define STACK_ALIGNMENT         16      /* before a call (System V ABI, 3.2.2) */

/* A `regstate`, from its start: selectors, general registers, number and error code, what the CPU
   pushed */
#define REGS_SELECTORS_SIZE     16
#define REGS_CODES_SIZE         16      /* `reg_intno` and `reg_errcode` */
#define REGS_INTNO_TO_CS        24      /* from `reg_intno` to `reg_cs` */
#define REGS_INTNO_TO_FLAGS     32      /* from `reg_intno` to `reg_rflags` */
#define REGS_SIZE               192
#define FRAME_SCRATCH           REGS_SIZE   /* on the frame's page, a word behind the registers */

/* Offsets in a `task_state` and a `proc` */
#define TASKSTATE_RSP0          4
#define TASKSTATE_FRAME         12
#define PROC_PAGETABLE          0
#define PROC_REGS               16

#endif
