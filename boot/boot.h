/* boot.h - what the boot sector, the second stage and the loader agree on, C++ and assembly

      The disk: sector 0 holds the boot sector, sectors 1 to 12 the second stage, and the kernel's
      ELF file starts at sector 13; after its end there are at least BUFFER_SECTORS more. The memory
      below the kernel, while the loader runs (the rest is not used):

      0x00000 to 0x01000  interrupt vectors, BIOS data
      0x01000 to 0x04000  PAGE_TABLES_ADDR: three page tables
      0x04000 to 0x05000  BOOT_INFO_ADDR: `boot_info`
      0x05000 to 0x05400  ELF_HEADERS_ADDR: a copy of the ELF headers
      0x05400 to 0x07000  the stack, from STACK_ADDR down
      0x07C00 to 0x07E00  STAGE1_ADDR: the boot sector
      0x30000 to 0x31800  STAGE2_ADDR: the second stage
      0x31800 to 0x3FE00  BUFFER_ADDR: what the BIOS reads of the kernel; its first part
                          comes with the second stage
      0x40000             KERNEL_START_ADDR: the kernel

      An emulator notices each write to a page from which code was run, and that takes time: so the
      stack has pages of its own, and the second stage is far from the pages that are given to
      processes first. */
#ifndef KINGLET_BOOT_H
#define KINGLET_BOOT_H
#include "../lib/layout.h"

#define SECTORSIZE          512
#define STAGE2_SECTORS      12
#define KERNEL_SECTOR       (1 + STAGE2_SECTORS)    /* on the disk */
#define STAGE2_MAGIC        0x474E494B  /* "KING", four bytes into the second stage */

#define PAGE_TABLES_ADDR    0x1000
#define BOOT_INFO_ADDR      0x4000
#define BOOT_INFO_COUNT     (BOOT_INFO_ADDR + 8)    /* `memory_range_count` */
#define BOOT_INFO_RANGES    (BOOT_INFO_ADDR + 12)   /* `memory_ranges` */
#define BOOT_INFO_MAX       64                      /* `max_memory_ranges` */
#define ELF_HEADERS_ADDR    0x5000
#define ELF_HEADERS_SIZE    1024
#define STAGE1_ADDR         0x7C00      /* fixed by the BIOS */
#define STACK_ADDR          0x7000
/* 64 KiB-aligned: one read never crosses such a border, and an address's low half is its offset in
   STAGE2_SEGMENT, the segment for real mode. */
#define STAGE2_ADDR         0x30000
#define STAGE2_SEGMENT      (STAGE2_ADDR / 16)
#define BUFFER_ADDR         (STAGE2_ADDR + STAGE2_SECTORS * SECTORSIZE)
/* 127: the most that every BIOS reads (EDD, "Extended Read") */
#define BUFFER_SECTORS      (127 - STAGE2_SECTORS)
/* memory that the loader and the kernel's first instructions see */
#define IDENTITY_MAP_END    0x40000000

#endif
