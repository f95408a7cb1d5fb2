/* fail.h - the last thing that either stage does (16-bit assembly, included by both)

      fail
         Print the line at `ds:si` (NUL-terminated, with its newline) on the screen and on port
         0xE9, and stop for ever: a machine that cannot boot says why, and does not boot again and
         again. */
        .code16
fail:
        lodsb
        testb   %al, %al
        jz      1f
        outb    %al, $0xE9
        movb    $0x0E, %ah              # BIOS: write a character, as a teletype does
        movw    $0x0007, %bx            # on page 0, in grey
        int     $0x10
        jmp     fail
1:      cli
        hlt
        jmp     1b
