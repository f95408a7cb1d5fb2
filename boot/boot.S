# boot.S - the boot sector: reads the second stage and what follows it, and jumps to it
#
#    The BIOS loads the first sector of the disk to 0x7C00 and jumps there in real mode, with the disk's number
#    in `dl`. Code and data fit in 440 bytes (build/boot.ld checks), so a partition table can follow.
#    Leaves the time-stamp counter of its start in `boot_info.start_tsc`, and the disk's number in `dl`.

#include "boot.h"

        .section .boot, "ax"
        .code16
        .globl  boot_start
boot_start:
        movw    %dx, %bx                # `rdtsc` overwrites `dl`
        rdtsc
        cli
        cld
        xorw    %cx, %cx
        movw    %cx, %ds
        movw    %cx, %es
        movw    %cx, %ss
        movw    $STACK_ADDR, %sp
        ljmp    $0, $1f                 # some BIOSes come here with `cs` 0x07C0
1:      sti
        movl    %eax, BOOT_INFO_ADDR
        movl    %edx, BOOT_INFO_ADDR + 4
        pushw   %bx                     # the disk's number

        # Are there calls that read by sector number? (Enhanced Disk Drive specification 3.0, 4.2.1)
        movw    %bx, %dx
        movb    $0x41, %ah
        movw    $0x55AA, %bx
        int     $0x13
        movw    $no_extensions, %si
        jc      fail
        cmpw    $0xAA55, %bx
        jne     fail
        testb   $0x01, %cl              # bit 0: functions 0x42 to 0x44, 0x47, 0x48
        jz      fail

        # Read the second stage and the kernel's first sectors (Enhanced Disk Drive specification 3.0, 4.2.2)
        popw    %dx
        pushw   %dx
        movb    $0x42, %ah
        movw    $packet, %si
        int     $0x13
        popw    %dx
        jc      read_error
        movw    $no_stage2, %si
        movw    $STAGE2_SEGMENT, %bx
        movw    %bx, %es
        cmpl    $STAGE2_MAGIC, %es:4
        jne     fail
        ljmp    $STAGE2_SEGMENT, $0

read_error:                             # the status, in `ah`, becomes two hexadecimal digits
        movb    %ah, %al
        movw    $hex_digits, %bx
        aam     $16                     # ah = al / 16, al = al % 16
        xlatb                           # al = hex_digits[al]
        xchgb   %al, %ah
        xlatb
        movw    %ax, read_status
        movw    $read_failed, %si
        jmp     fail

#include "fail.h"

        .balign 4
packet: .byte   16, 0                   # size of this packet
        .word   STAGE2_SECTORS + BUFFER_SECTORS
        .word   0, STAGE2_SEGMENT       # offset, segment
        .quad   1                       # first sector

no_extensions:
        .asciz  "Kinglet: the BIOS cannot read this disk by sector number\n"
no_stage2:
        .asciz  "Kinglet: the second stage of the boot loader is not on this disk\n"
read_failed:
        .ascii  "Kinglet: disk read error 0x"
read_status:
        .asciz  ".. at the start of the disk\n"
hex_digits:
        .ascii  "0123456789abcdef"
        .globl  boot_end
boot_end:

        .section .signature, "a"
        .word   0xAA55

        .section .note.GNU-stack, "", @progbits
