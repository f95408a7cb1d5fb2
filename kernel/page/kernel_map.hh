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

// The entry area is all that a process's page table has of the kernel: what the CPU and the kernel
// need before they have changed to the kernel's page table, and after they have left it. All but
// the frame is the same for everybody, and lies where the kernel has it too:
//     entry_code      the ways in and out, of entry.S                 execute
//     entry_tables    segments, task state, interrupt gates           read
//     entry_stacks    for double fault, NMI and machine check         read and write
//     entry_frame     the process's registers: a page of its own      read and write
// The kernel trusts nothing that can be written there: all of it is written anew at each entry to
// the kernel. So it does not matter that some CPUs (QEMU's, up to version 9.0) let far calls and
// returns of user code use the stack with the kernel's rights. None of it has `PTE_U`; the screen's
// page, at `CONSOLE_ADDR`, has.
extern "C" {
extern uint8_t entry_code[], entry_tables[], entry_stacks[], entry_frame[];
}
constexpr unsigned entry_code_pages = 2, entry_tables_pages = 2, entry_stacks_pages = 3;

// The first entries of the table for the first 2 MiB, below a process's own; and how many of them
// are not 0 in a process's page table: the entry area's and the screen's
constexpr unsigned kernel_entries = PAGENUMBER(PROC_START_ADDR);
constexpr unsigned live_kernel_entries =
    entry_code_pages + entry_tables_pages + entry_stacks_pages + 2;

// map_entry_area(pagetable, frame)
//    Give `pagetable`, an empty top-level page, the entry area, with the physical page `frame` for
//    the process's registers, and the screen. Returns 0, or `E_NOMEM` with `pagetable` still empty.
[[nodiscard]] int map_entry_area(x86_64_pagetable* pagetable, uint64_t frame);

#endif
