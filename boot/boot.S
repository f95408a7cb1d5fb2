# boot.S - the boot sector: reads the second stage and what follows it, and jumps to it
#
#    The BIOS loads the first sector of the disk to 0x7C00 and jumps there in real mode, with the
#    disk's number in `dl`. Code and data fit in 440 bytes (build/boot.ld checks), so a partition
#    table can follow. Bytes 3 to 0x3D, where a file system would describe itself, are left to the
#    firmware: some firmware writes the disk's number there, at 0x24. (Microsoft, FAT specification,
#    "Boot Sector and BPB")
#    Leaves the time-stamp counter of its start in `boot_info.start_tsc`, and the disk's
#    number in `dl`.

#include "boot.h"

        .section .boot, "ax"
        .code16
        .globl  boot_start
boot_start:
        jmp     1f
        nop
        .org    boot_start + 0x3E, 0
1:      movw    %dx, %bx                # `rdtsc` overwrites `dl`
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
        movw    $no_sectors, %si
        jc      fail
        cmpw    $0xAA55, %bx
        jne     fail
        testb   $0x01, %cl              # bit 0: functions 0x42 to 0x44, 0x47, 0x48
        jz      fail

        # Do they read sectors of 512 bytes? A CD's have 2048, some disks' 4096. (The same, 4.2.7)
        popw    %dx
        pushw   %dx
        movb    $0x48, %ah
        movw    $ELF_HEADERS_ADDR, %si  # what the call tells goes there
        movw    $30, (%si)              # its size
        int     $0x13
        jc      1f                      # it does not tell
        cmpw    $SECTORSIZE, 24(%si)
        movw    $no_sectors, %si
        jne     fail
1:
        # Read the second stage and the kernel's first sectors (Enhanced Disk Drive specification
        # 3.0, 4.2.2)
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
        aam     $16                     # ah = al / 16, al = al % 16
        call    hex_digit
        xchgb   %al, %ah
        call    hex_digit
        movw    %ax, read_status
        movw    $read_failed, %si
        jmp     fail

# hex_digit
#    Turn `al`, 0 to 15, into its digit, by the usual three instructions.
hex_digit:
        cmpb    $10, %al
        sbbb    $0x69, %al
        das
        orb     $0x20, %al              # small letters
        ret

#include "fail.h"

        .balign 4
packet: .byte   16, 0                   # size of this packet
        .word   STAGE2_SECTORS + BUFFER_SECTORS
        .word   0, STAGE2_SEGMENT       # offset, segment
        .quad   1                       # first sector

no_sectors:
        .asciz  "Kinglet: the BIOS reads no 512-byte sectors by number from this disk\n"
no_stage2:
        .asciz  "Kinglet: the second stage of the boot loader is not on this disk\n"
read_failed:
        .ascii  "Kinglet: disk read error 0x"
read_status:
        .asciz  ".. at the start of the disk\n"
        .globl  boot_end
boot_end:

        .section .signature, "a"
        .word   0xAA55

        .section .note.GNU-stack, "", @progbits
