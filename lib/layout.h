/* layout.h - where things lie in memory, for C++ and assembly alike

      Read by the boot loader, the kernel, the linker scripts and user programs. Plain macros, since
      assembly and linker scripts must read them too; everything else about the machine is in
      `x86-64.hh`.

      Physical memory of the weensy machine, one page a character on the screen. The big machine
      has all that the firmware reports; its `pageinfo` array lies after the program images, and
      all behind that is free.

      0x000000 +--------------------------+
               | page 0 (reserved)        |  BIOS data; mapped nowhere once the kernel runs
      0x001000 +--------------------------+
               | free                     |  the boot loader's, until the kernel has started
      0x040000 +--------------------------+  KERNEL_START_ADDR
               | kernel, its stack        |
               | free                     |
      0x09F000 +--------------------------+  KERNEL_LIMIT_ADDR
               | BIOS data, devices       |  0xB8000 is the screen
      0x100000 +--------------------------+  PROC_START_ADDR
               | free                     |
      0x200000 +--------------------------+  MEMSIZE_PHYSICAL
               | program images, symbols  |  read-only, not shown on the screen
               +--------------------------+                                                    */
#ifndef KINGLET_LAYOUT_H
#define KINGLET_LAYOUT_H

#define PAGESIZE            4096
#define KERNEL_START_ADDR   0x40000     /* where the kernel is linked and loaded */
#define KERNEL_LIMIT_ADDR   0x9F000     /* it must end before this: BIOS data follows */
#define CONSOLE_ADDR        0xB8000     /* the text screen's 80 x 25 cells, two bytes each */
#define CURSORPOS_ADDR      0xB8FA0     /* `cursorpos`, just after those cells */
#define PROC_START_ADDR     0x100000    /* first address that belongs to a process */
#define MEMSIZE_PHYSICAL    0x200000    /* physical memory that the weensy machine shows */
#define MEMSIZE_VIRTUAL     0x300000    /* end of a process's addresses in the weensy machine */

#define BIG_MEMSIZE_VIRTUAL 0x7FFFFFFFF000      /* the same in the big machine: 2^47, less a page */

#define PROGRAMS_ADDR       MEMSIZE_PHYSICAL    /* the kernel's segment of program images */

#endif
