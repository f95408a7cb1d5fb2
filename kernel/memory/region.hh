// region.hh - promises about memory that does not exist yet
//
//    A process's memory is described by its page table and its regions. A region covers
//    `[start, end)`, page-aligned, and says what a page there will be once somebody touches it.
//    `resolve_fault` turns a promise into memory; what is in the page table already needs no
//    region, and overrides one.
//    Invariant: a list's regions are sorted and never overlap; neighbours that say the same are one
//    region.
#ifndef KINGLET_REGION_HH
#define KINGLET_REGION_HH
#include <stddef.h>
#include <stdint.h>
#include "abi.hh"

// There would be too many regions, or regions are in the way or missing. More free pages would not
// help, so the kernel does not try to make room, and the process gets `E_NOMEM`.
constexpr int E_NOPROMISE = E_MINERROR - 1;

// What a page of a region contains when it comes. (With 16 bits here and in what follows, a region
// has no bytes that are nobody's.)
enum class region_source : uint16_t {
    zeros,
    nothing,                            // no page ever comes by itself
    file,                               // the file has it; see `mapping.hh`
};

// What the process uses a region for: its name for people and in fault counts
enum class region_label : uint16_t {
    heap,
    stack,
    guard,                              // touching it is a stack overflow
    mapping,                            // what `sys_mmap` has mapped
    program,                            // what the process runs, from a file on the disk
};

struct region {
    uintptr_t start, end;
    uint64_t perm;                      // `PTE_*` of its pages
    region_source source;
    region_label label;
    uint32_t faults = 0;                // how often a fault came here
    uint32_t first_page = 0;            // of a file: which of its pages is at `start`
    uint16_t file_key = 0;              // 1 + its number; 0: none
    bool is_shared = false;             // what is written there, others and the file have too
    bool is_write_refused = false;      // `sys_mprotect` may not allow to write there

    int file() const { return file_key - 1; }       // -1: none

    // Which page of its file is at `va`, or would be
    uint32_t page_at(uintptr_t va) const { return first_page + uint32_t((va - start) >> 12); }
};

constexpr size_t max_regions = 16;      // of one process

struct region_list {
    region* begin() { return regions_; }
    region* end() { return regions_ + count_; }
    const region* begin() const { return regions_; }
    const region* end() const { return regions_ + count_; }

    // The region that `va` is in; null if none.
    region* find(uintptr_t va);
    // Whether no region has an address in `[start, end)`.
    bool is_free(uintptr_t start, uintptr_t end) const;
    // Promise what `promise` says, at addresses that are free. Returns 0, or `E_NOPROMISE` with
    // nothing changed if the list is full.
    [[nodiscard]] int add(const region& promise);
    // Take back what is promised in `[start, end)`, which is not empty. Returns 0, or `E_NOPROMISE`
    // with nothing changed if there would be too many regions.
    [[nodiscard]] int remove(uintptr_t start, uintptr_t end);
    // Whether that would be no error.
    bool can_remove(uintptr_t start, uintptr_t end);
    // Promise other permissions in those parts of `[start, end)` that are promised; guards stay.
    // The same errors.
    [[nodiscard]] int protect(uintptr_t start, uintptr_t end, uint64_t perm);

    // As `=`, but only the regions that are there are copied.
    void become(const region_list& other);

    // Only the functions above touch what follows.
    void protect_all(uintptr_t start, uintptr_t end, uint64_t perm);
    void split(uintptr_t va);
    void join();
    region regions_[max_regions + 2];
    size_t count_ = 0;
};

#endif
