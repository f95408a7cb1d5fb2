// entry_area.hh - what a process's page table has of the kernel: here, all that the kernel has
//
//    (The finished kernel has an entry area in place of it, which is only a few pages.)
#ifndef KINGLET_ENTRY_AREA_HH
#define KINGLET_ENTRY_AREA_HH
#include "page/kernel_map.hh"

// How many entries of a process's page table are the kernel's: not those of page 0 and of the page
// below the kernel stack
constexpr unsigned live_kernel_entries = kernel_entries - 2;

#endif
