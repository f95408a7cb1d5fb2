// entry_area.hh - all that a process's page table has of the kernel
//
//    What the CPU and the kernel need before they have changed to the kernel's page table, and
//    after they have left it. All but the frame is the same for everybody, and lies where the
//    kernel has it too:
//        entry_code      the ways in and out, of entry.S             execute
//        entry_tables    segments, task state, interrupt gates       read
//        entry_stacks    for double fault, NMI and machine check     read and write
//        entry_frame     the process's registers: a page of its own  read and write
//    The kernel trusts nothing that can be written there: all of it is written anew at each entry
//    to the kernel. So it does not matter that some CPUs (QEMU's, up to version 9.0) let far calls
//    and returns of user code use the stack with the kernel's rights. None of it has `PTE_U`; the
//    screen's page, at `CONSOLE_ADDR`, has.
#ifndef KINGLET_ENTRY_AREA_HH
#define KINGLET_ENTRY_AREA_HH
#include "page/page_table.hh"

extern "C" {
extern uint8_t entry_code[], entry_tables[], entry_stacks[], entry_frame[];
}
constexpr unsigned entry_code_pages = 2, entry_tables_pages = 2, entry_stacks_pages = 3;

// How many entries of a process's page table are the kernel's: the entry area's and the screen's
constexpr unsigned live_kernel_entries =
    entry_code_pages + entry_tables_pages + entry_stacks_pages + 2;

// map_entry_area(pagetable, frame)
//    Give `pagetable`, an empty top-level page, the entry area, with the physical page `frame` for
//    the process's registers, and the screen. Returns 0, or `E_NOMEM` with `pagetable` still empty.
[[nodiscard]] int map_entry_area(x86_64_pagetable* pagetable, uint64_t frame);

#endif
