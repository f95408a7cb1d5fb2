// kernel_map.hh - the kernel's own page table
//
//    Maps all physical memory at identity: the kernel's text executable, its constants and the program images
//    read-only, all else writable and not executable. Page 0 and the page below the kernel stack are not mapped.
//    Above the first 2 MiB it is made of large pages, so that its tables do not grow with memory page by page.
//    It never changes once `init_kernel_map` has run.
#ifndef KINGLET_KERNEL_MAP_HH
#define KINGLET_KERNEL_MAP_HH
#include "x86-64.hh"

// [0] is the top-level page, [2] covers the first 1 GiB, [3] the first 2 MiB.
extern "C" x86_64_pagetable kernel_pagetable[4];

// init_kernel_map()
//    Build `kernel_pagetable` and switch to it.
void init_kernel_map();

// share_kernel_map(pagetable)
//    Give `pagetable`, an empty top-level page, the kernel's mappings below `PROC_START_ADDR` and above the first 64
//    KiB; the screen's page, and no other, is the process's too. Returns 0, or `E_NOMEM` with `pagetable` still empty.
[[nodiscard]] int share_kernel_map(x86_64_pagetable* pagetable);

// The first entries of the table for the first 2 MiB are the kernel's in every process. Some are 0: that of the page
// below the kernel stack, and those of 64 KiB that QEMU's `iretl` would read for a process with the kernel's rights.
constexpr unsigned kernel_entries = PAGENUMBER(PROC_START_ADDR), hidden_entries = 16;
constexpr unsigned live_kernel_entries = kernel_entries - hidden_entries - 1;

#endif
