// boot_info.hh - what the boot loader tells the kernel
//
//    The loader passes the address of one `boot_info` in `rdi` when it calls the kernel's entry
//    point. It lies in memory that the kernel may reuse, so the kernel copies what it needs first.
#ifndef KINGLET_BOOT_INFO_HH
#define KINGLET_BOOT_INFO_HH
#include <stdint.h>

// One range of the BIOS memory map (int 0x15, eax 0xE820; ACPI specification, 15.1). `base` and
// `size` in bytes.
struct [[gnu::packed]] memory_range {
    uint64_t base;
    uint64_t size;
    uint32_t type;                      // `memory_range_usable`, or anything else: not ours
    uint32_t attributes;
};
constexpr uint32_t memory_range_usable = 1;

constexpr uint64_t range_end(const memory_range& range) {
    uint64_t end = range.base + range.size;
    return end < range.base ? UINT64_MAX : end;
}

constexpr unsigned max_memory_ranges = 64;

struct boot_info {
    uint64_t start_tsc;                 // time-stamp counter at the boot sector's first instruction
    uint32_t memory_range_count;
    memory_range memory_ranges[max_memory_ranges];
};

#endif
