/* boot.h - what the boot sector, the second stage and the loader agree on, for C++ and assembly alike

      The disk: sector 0 holds the boot sector, sectors 1 to 31 the second stage, and the kernel's ELF file
      starts at sector 32. The memory below the kernel, while the loader runs:

      0x00000 +---------------------------+
              | interrupt vectors, BIOS   |
      0x01000 +---------------------------+  PAGE_TABLES_ADDR
              | three page tables         |
      0x04000 +---------------------------+  BOOT_INFO_ADDR
              | `boot_info`               |
      0x05000 +---------------------------+  ELF_HEADERS_ADDR
              | copy of the ELF headers   |
      0x05400 +---------------------------+
              | stack, growing down       |
      0x07C00 +---------------------------+  STAGE1_ADDR
              | boot sector               |
      0x07E00 +---------------------------+  STAGE2_ADDR
              | second stage              |
      0x0BC00 +---------------------------+
              | not used                  |
      0x10000 +---------------------------+  BUFFER_ADDR
              | what the BIOS reads       |
      0x1FE00 +---------------------------+
              | not used                  |
      0x40000 +---------------------------+  KERNEL_START_ADDR                                   */
#ifndef KINGLET_BOOT_H
#define KINGLET_BOOT_H
#include "../lib/layout.h"

#define SECTORSIZE          512
#define STAGE2_SECTORS      31
#define KERNEL_SECTOR       32          /* on the disk */
#define STAGE2_MAGIC        0x474E494B  /* "KING", four bytes into the second stage */

#define PAGE_TABLES_ADDR    0x1000
#define BOOT_INFO_ADDR      0x4000
#define BOOT_INFO_COUNT     (BOOT_INFO_ADDR + 8)    /* `memory_range_count` */
#define BOOT_INFO_RANGES    (BOOT_INFO_ADDR + 12)   /* `memory_ranges` */
#define BOOT_INFO_MAX       64                      /* `max_memory_ranges` */
#define ELF_HEADERS_ADDR    0x5000
#define ELF_HEADERS_SIZE    1024
#define STAGE1_ADDR         0x7C00      /* fixed by the BIOS */
#define STAGE2_ADDR         0x7E00
#define BUFFER_ADDR         0x10000     /* 64 KiB-aligned: one read never crosses a 64 KiB border */
#define BUFFER_SECTORS      127         /* the most that every BIOS reads in one call (EDD, "Extended Read") */
#define IDENTITY_MAP_END    0x40000000  /* memory that the loader and the kernel's first instructions see */

#endif
