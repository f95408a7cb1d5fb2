// memory_map.hh - which memory there is
//
//    What the BIOS told the boot loader, put in order. `init_pageinfo` asks for it and takes out
//    what is the kernel's; what is left is for `kalloc`.
#ifndef KINGLET_MEMORY_MAP_HH
#define KINGLET_MEMORY_MAP_HH
#include "boot_info.hh"
#include "x86-64.hh"
#include <stddef.h>

constexpr uint64_t most_pages = uint64_t(1) << 24;     // 64 GiB: no page beyond is used

// Usable memory, in page numbers: sorted, not touching, `[start, end)`.
struct page_range {
    uint32_t start, end;
};
extern page_range usable_ranges[max_memory_ranges];
extern unsigned nusable_ranges;

// find_usable(boot)
//    Fill in the ranges: what the BIOS calls usable and nothing else, below `most_pages`. What does
//    not fit into the list is left unused.
void find_usable(const boot_info& boot);

// remove_usable(start, end)
//    Take the pages `[start, end)` out of the ranges.
void remove_usable(uint32_t start, uint32_t end);

// is_usable(pn)
//    Whether page number `pn` is in a range.
bool is_usable(size_t pn);

#endif
