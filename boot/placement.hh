// placement.hh - may the kernel's segments lie where its file wants them?
//
//    `check_elf` says whether an ELF file is sound; this says whether this machine has the memory
//    for it, and whether the loader may write there. No I/O, so that it also runs on the host.
#ifndef KINGLET_PLACEMENT_HH
#define KINGLET_PLACEMENT_HH
#include "boot.h"
#include "boot_info.hh"
#include "elf.hh"

enum class placement {
    good,
    below_kernel,                       // below `KERNEL_START_ADDR`: BIOS data, the loader
    over_devices,                       // between `KERNEL_LIMIT_ADDR` and 1 MiB: screen, ROM
    beyond_map,                         // not below `IDENTITY_MAP_END`
    beyond_memory,                      // past the last usable byte: too little memory
    not_usable,                         // in or over a hole of the memory map
    overlaps,                           // shares memory with an earlier segment
    entry_not_code,                     // the entry point is in no executable segment
};

struct placement_result {
    placement verdict;
    uint64_t start;                     // the segment at fault, `[start, end)`, or the entry point
    uint64_t end;
};

// end_of_memory(info)
//    The end of the highest usable range below `IDENTITY_MAP_END`, or `IDENTITY_MAP_END` if one
//    reaches past it.
inline uint64_t end_of_memory(const boot_info& info) {
    uint64_t highest = 0;
    for (unsigned i = 0; i != info.memory_range_count; ++i) {
        const memory_range& range = info.memory_ranges[i];
        if (range.type != memory_range_usable || range.base >= IDENTITY_MAP_END) continue;
        uint64_t end = range_end(range) < IDENTITY_MAP_END ? range_end(range) : IDENTITY_MAP_END;
        if (end > highest) highest = end;
    }
    return highest;
}

// is_usable(info, start, end)
//    True if usable ranges cover all of `[start, end)`, one alone or several in a row, in any
//    order, and no range of another type touches it.
inline bool is_usable(const boot_info& info, uint64_t start, uint64_t end) {
    uint64_t covered = start;           // `[start, covered)` is usable
    for (unsigned i = 0; i != info.memory_range_count; ++i) {
        const memory_range& range = info.memory_ranges[i];
        if (range.type != memory_range_usable && range.base < end && range_end(range) > start) {
            return false;
        }
    }
    for (unsigned i = 0; i != info.memory_range_count && covered < end; ++i) {
        const memory_range& range = info.memory_ranges[i];
        if (range.type != memory_range_usable || range.base > covered
            || range_end(range) <= covered) {
            continue;
        }
        covered = range_end(range);
        i = unsigned(-1);               // an earlier range may go on from here
    }
    return covered >= end;
}

inline placement check_segment_placement(const boot_info& info, uint64_t start, uint64_t end) {
    if (start < KERNEL_START_ADDR) return placement::below_kernel;
    if (start < PROC_START_ADDR && end > KERNEL_LIMIT_ADDR) return placement::over_devices;
    if (end < start || end > IDENTITY_MAP_END) return placement::beyond_map;
    if (end > end_of_memory(info)) return placement::beyond_memory;
    if (!is_usable(info, start, end)) return placement::not_usable;
    return placement::good;
}

// check_placement(image, info)
//    `image` has the headers of an ELF file that `check_elf` has passed. Checks that each of its
//    loadable segments may be loaded to its physical address in the memory that `info` describes,
//    and that the entry point will then be code. Returns the first problem found, or
//    `placement::good`.
[[nodiscard]] inline placement_result check_placement(const void* image, const boot_info& info) {
    uint64_t entry = static_cast<const elf_header*>(image)->e_entry;
    bool entry_is_code = false;
    elf_segment_range segments = elf_segments(image);
    for (const elf_program& segment : segments) {
        if (!is_loaded(segment)) continue;
        uint64_t start = segment.p_pa, end = segment.p_pa + segment.p_memsz;
        placement verdict = check_segment_placement(info, start, end);
        if (verdict != placement::good) return {verdict, start, end};
        for (const elf_program* earlier = segments.begin(); earlier != &segment; ++earlier) {
            if (is_loaded(*earlier) && earlier->p_pa < end
                && earlier->p_pa + earlier->p_memsz > start) {
                return {placement::overlaps, start, end};
            }
        }
        if ((segment.p_flags & ELF_PFLAG_EXEC) && entry >= start && entry < end) {
            entry_is_code = true;
        }
    }
    return {entry_is_code ? placement::good : placement::entry_not_code, entry, entry};
}

#endif
