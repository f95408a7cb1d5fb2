// mapping.hh - files and zeros that a process has mapped into its memory
//
//    A room: mapping.cc is the real one; with mapping_none.cc nothing can be mapped. A mapping is a
//    region. A page of a file comes at its first touch: a shared mapping has the cache's own page
//    (`PTE_SHARED`), a private one has it copy-on-write, so a page that is only read is never
//    copied. Shared memory without a file is a region of pages that are there from the beginning,
//    since each process that has it must find the same ones.
//    Invariant: an entry that has a page of the cache lies in a region of that file, at the address
//    that file and page number give; so who has a page is found from the regions alone.
#ifndef KINGLET_MAPPING_HH
#define KINGLET_MAPPING_HH
#include "memory/fault.hh"
#include "memory/work_part.hh"

// A page of a file has to be read from the disk first: `wanted_page` says which. The call is to
// begin again once it has come (`end_refused_call` in `kernel.cc`). No process sees this.
constexpr int E_AWAY = E_MORE - 1;
struct file_page {
    int file;
    uint32_t number;
};
extern file_page wanted_page;

constexpr uintptr_t most_around = 16;   // pages that one fault maps, if they are in the cache

// resolve_mapping(space, mapping, it, access)
//    Map the page at `it.va()`, where nothing is, for an access that the region `mapping`, of a
//    file, permits; and those around it that are in the cache. A write to a private mapping gets a
//    copy. Outcomes: `resolved` (`FAULT_FILE`, `FAULT_COPY`), `away`, `beyond_file`,
//    `out_of_memory`.
[[nodiscard]] fault_result resolve_mapping(const address_space& space, region& mapping, vmiter& it,
                                           uint64_t access);

// map_memory(space, wanted, is_fixed, begun)
//    Map what `wanted` says. If `is_fixed`, at these addresses, in place of all that is there; else
//    they say how much, and where it would be welcome. `begun` is 0 at first, and keeps what is to
//    be known when the call goes on after `E_MORE` or `E_NOMEM`. Returns where it is mapped, or
//    `E_NOPROMISE` if there is no such room or there would be too many regions, `E_NOMEM`,
//    `E_MORE`, `E_NOSYS`.
[[nodiscard]] int64_t map_memory(address_space space, region wanted, bool is_fixed,
                                 uint64_t& begun);

// unmap_memory(space, start, end)
//    Take away what is mapped or promised in `[start, end)`, page-aligned and in a process's range.
//    Returns 0, `E_MORE`; or, with nothing changed, `E_NOMEM`, `E_NOPROMISE`.
[[nodiscard]] int unmap_memory(address_space space, uintptr_t start, uintptr_t end);

// forget_memory(space, start, end)
//    Give up pages there that come again when they are touched. The same results.
[[nodiscard]] int forget_memory(address_space space, uintptr_t start, uintptr_t end);

// check_memory(space, start, end)
//    Whether all pages there are present or promised: 0, `E_NOPROMISE`, or `E_MORE`.
[[nodiscard]] int check_memory(address_space space, uintptr_t start, uintptr_t end);

// is_resident(space, va)
//    Whether the page at `va` is in memory: in this process's, or in the cache.
bool is_resident(address_space space, uintptr_t va);

#endif
