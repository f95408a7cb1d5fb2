// kernel_map.hh - the kernel's own page table
//
//    Maps all physical memory at identity: the kernel's text executable, its constants and the
//    program images read-only, all else writable and not executable. Page 0 and the page below the
//    kernel stack are not mapped. Above the first 2 MiB it is made of large pages, so that its
//    tables do not grow with memory page by page. It never changes once `init_kernel_map` has run.
#ifndef KINGLET_KERNEL_MAP_HH
#define KINGLET_KERNEL_MAP_HH
#include "page/page_table.hh"

// [0] is the top-level page, [2] covers the first 1 GiB, [3] the first 2 MiB.
extern "C" x86_64_pagetable kernel_pagetable[4];

// init_kernel_map()
//    Build `kernel_pagetable` and switch to it.
void init_kernel_map();

// The first entries of the table for the first 2 MiB, below a process's own
constexpr unsigned kernel_entries = PAGENUMBER(PROC_START_ADDR);

#endif
