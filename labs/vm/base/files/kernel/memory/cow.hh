// cow.hh - what a kernel without copy-on-write has in its place
#ifndef KINGLET_COW_HH
#define KINGLET_COW_HH
#include "page/vmiter.hh"

extern bool fork_copies;                // `fork` copies pages that may be written: always so in this kernel

// allow_write(entry, owner)
//    The permission bit that lets the process write to the page of `entry` without others seeing it: `PTE_W`. If a
//    copy of the page is needed for that, `entry` refers to the copy afterwards. Returns 0 if memory ran out.
[[nodiscard]] uint64_t allow_write(pt_entry& entry, int owner);

#endif
