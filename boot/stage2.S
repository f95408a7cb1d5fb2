# stage2.S - the second stage: from real mode to long mode, and back for each disk read
#
#    The boot sector jumps to the first byte of the second stage in real mode, with the disk's
#    number in `dl`. The second stage checks the CPU, turns address line 20 on, asks the BIOS for
#    the memory map, and calls `load_kernel` (loader.cc) in long mode. Interrupts are on in real
#    mode, off in long mode, which has no interrupt table: the BIOS's stays loaded. In real mode
#    `cs` and `ds` are STAGE2_SEGMENT, `es` and `ss` are 0; in long mode an address is an address.

#include "boot.h"

        .set    CODE64, 0x08            # selectors of `gdt`
        .set    CODE16, 0x10
        .set    DATA, 0x18
        .set    SMAP, 0x534D4150
#define OFFSET(symbol) ((symbol) - stage2_start)    /* in STAGE2_SEGMENT */

        .section .stage2, "ax"
        .code16
        .globl  stage2_start, kernel_bytes
stage2_start:
        jmp     start
        .org    stage2_start + 4
        .long   STAGE2_MAGIC            # the boot sector and build/mkimage look for it
kernel_bytes:
        .long   0                       # the length of the kernel's file, by build/mkimage
disk:   .byte   0

start:
        movw    %cs, %ax
        movw    %ax, %ds
        xorw    %ax, %ax
        movw    %ax, %es
        movb    %dl, OFFSET(disk)

        # Long mode, and pages that are no code? `cpuid` is there, since `rdtsc` was. (SDM vol. 2A,
        # leaf 0x80000001)
        movl    $0x80000000, %eax
        cpuid
        movw    $OFFSET(no_long_mode), %si
        cmpl    $0x80000001, %eax
        jb      fail
        movl    $0x80000001, %eax
        cpuid
        btl     $29, %edx
        jnc     fail
        movw    $OFFSET(no_execute_disable), %si
        btl     $20, %edx
        jnc     fail

        # Address line 20: most BIOSes turn it on; if not, the chip set's port 0x92 does
        call    a20_test
        jne     1f
        inb     $0x92, %al
        orb     $0x02, %al
        andb    $0xFE, %al              # bit 0 would reset the machine
        outb    %al, $0x92
        call    a20_test
        movw    $OFFSET(no_a20), %si
        je      fail
1:
        # The memory map, without ranges that are empty or that the BIOS says to ignore
        # (ACPI specification 6.4, 15.1, INT 15H, E820H)
        movw    $BOOT_INFO_RANGES, %di
        xorl    %ebp, %ebp              # ranges kept
        xorl    %ebx, %ebx              # where the BIOS is to go on
1:      movl    $0xE820, %eax
        movl    $24, %ecx
        movl    $SMAP, %edx
        movl    $1, %es:20(%di)         # `attributes`, for a BIOS that writes only 20 bytes
        int     $0x15
        jc      3f
        cmpl    $SMAP, %eax
        jne     3f
        testb   $1, %es:20(%di)
        jz      2f
        movl    %es:8(%di), %eax
        orl     %es:12(%di), %eax
        jz      2f
        addw    $24, %di
        incw    %bp
2:      testl   %ebx, %ebx
        jz      3f
        cmpw    $BOOT_INFO_MAX, %bp
        jb      1b
3:      movl    %ebp, %es:BOOT_INFO_COUNT
        movw    $OFFSET(no_memory_map), %si
        testw   %bp, %bp
        jz      fail

        # Page tables that map the first 1 GiB to itself in 512 pages of 2 MiB (SDM vol. 3A, 4.5)
        movw    $PAGE_TABLES_ADDR, %di
        xorl    %eax, %eax
        movw    $2 * PAGESIZE / 4, %cx
        rep stosl
        movl    $PAGE_TABLES_ADDR + PAGESIZE + 0x3, %es:PAGE_TABLES_ADDR    # present, writable
        movl    $PAGE_TABLES_ADDR + 2 * PAGESIZE + 0x3, %es:PAGE_TABLES_ADDR + PAGESIZE
        movl    $0x83, %eax                                                         # and large
1:      movl    %eax, %es:(%di)
        movl    $0, %es:4(%di)
        addw    $8, %di
        addl    $0x200000, %eax
        cmpw    $PAGE_TABLES_ADDR + 3 * PAGESIZE, %di
        jne     1b

        call    enter_long_mode
        .code64
        call    load_kernel
        ud2

# a20_test
#    Set the zero flag if address line 20 is off: if so, `ffff:7e0e` is the same byte as `0000:7dfe`
#    (the boot sector's signature, no longer needed), and what is written to one appears in the
#    other.
        .code16
a20_test:
        movw    $0xFFFF, %ax
        movw    %ax, %fs
        movw    %fs:STAGE1_ADDR + 510 + 16, %ax
        notw    %ax
        movw    %ax, %es:STAGE1_ADDR + 510
        cmpw    %fs:STAGE1_ADDR + 510 + 16, %ax
        ret

# enter_long_mode
#    Called in real mode, returns in long mode with interrupts off. Changes `rax`, `rcx`, `rdx`.
#    Sets up everything each time, since a BIOS call may have loaded a GDT of its own. (SDM vol. 3A,
#    9.8.5)
enter_long_mode:
        cli
        lgdtl   OFFSET(gdt_pointer)
        movl    %cr4, %eax
        orl     $0x20, %eax             # CR4.PAE
        movl    %eax, %cr4
        movl    $PAGE_TABLES_ADDR, %eax
        movl    %eax, %cr3
        movl    $0xC0000080, %ecx       # IA32_EFER
        rdmsr
        orl     $0x100, %eax            # LME
        wrmsr
        movl    %cr0, %eax
        orl     $0x80000001, %eax       # CR0.PG, CR0.PE
        movl    %eax, %cr0
        ljmpl   $CODE64, $1f
        .code64
1:      movl    $DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movzwl  %sp, %esp               # the rest of `rsp` is not defined
        movzwl  (%rsp), %eax            # the return address, an offset of two bytes
        addq    $2, %rsp
        addl    $STAGE2_ADDR, %eax
        jmp     *%rax

# leave_long_mode
#    Called in long mode, returns in real mode with interrupts on. Changes `rax` and the upper
#    halves of all registers. `DATA` has the limit that real mode wants. (SDM vol. 3A, 9.8.5.4 and
#    9.9.2)
leave_long_mode:
        pushq   $CODE16
        pushq   $OFFSET(1f)
        lretq
        .code16
1:      movl    %cr0, %eax
        andl    $0x7FFFFFFF, %eax       # CR0.PG
        movl    %eax, %cr0
        andb    $0xFE, %al              # CR0.PE
        movl    %eax, %cr0
        ljmp    $STAGE2_SEGMENT, $OFFSET(2f)
2:      movw    %cs, %ax
        movw    %ax, %ds
        xorw    %ax, %ax
        movw    %ax, %es
        movw    %ax, %ss
        sti
        popw    %ax                     # the return address: its low half is the offset
        addw    $6, %sp
        jmp     *%ax

# unsigned bios_read(uint64_t sector)
#    Read `BUFFER_SECTORS` sectors of the boot disk to `BUFFER_ADDR`. Returns 0, or the status that
#    the BIOS gives for its failure plus 0x100. (Enhanced Disk Drive specification 3.0, 4.2.2)
        .code64
        .globl  bios_read
bios_read:
        push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15
        movq    %rdi, packet_sector
        call    leave_long_mode
        .code16
        movb    $0x42, %ah
        movb    OFFSET(disk), %dl
        movw    $OFFSET(packet), %si
        int     $0x13
        sbbb    %bl, %bl                # 0xFF if the call failed
        andb    $1, %bl
        movb    %ah, %bh
        call    enter_long_mode
        .code64
        xorl    %eax, %eax
        testb   %bl, %bl
        jz      1f
        movzbl  %bh, %eax
        addl    $0x100, %eax
1:      pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx
        ret

# [[noreturn]] void stop_with(const char* line)
#    `fail`, for the loader.
        .globl  stop_with
stop_with:
        movl    %edi, %esi
        shrl    $4, %edi
        andl    $0xF, %esi
        call    leave_long_mode
        .code16
        movw    %di, %ds

#include "fail.h"

        .balign 8
gdt:    .quad   0                       # SDM vol. 3A, 3.4.5
        .quad   0x00209A0000000000      # CODE64
        .quad   0x00009A000000FFFF + (STAGE2_ADDR << 16)    # CODE16: base STAGE2_ADDR, limit 0xFFFF
        .quad   0x000092000000FFFF      # DATA: base 0, limit 0xFFFF, writable
gdt_pointer:
        .word   gdt_pointer - gdt - 1
        .long   gdt

        .balign 4
packet: .byte   16, 0                   # size of this packet
        .word   BUFFER_SECTORS
        .word   BUFFER_ADDR - STAGE2_ADDR, STAGE2_SEGMENT       # offset, segment
packet_sector:
        .quad   0

no_long_mode:
        .asciz  "Kinglet: this CPU has no long mode (it is not 64-bit)\n"
no_execute_disable:
        .asciz  "Kinglet: this CPU has no execute-disable bit (or the BIOS turned it off)\n"
no_a20:
        .asciz  "Kinglet: address line 20 stays off\n"
no_memory_map:
        .asciz  "Kinglet: the BIOS gives no memory map\n"

        .section .note.GNU-stack, "", @progbits
