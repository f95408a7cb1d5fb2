#include "memory/protection.hh"
#include "abi.hh"
#include "memory/cow.hh"
#include "memory/shared_tables.hh"
#include "memory/zero_page.hh"

// Whether each page of `[start, end)` is present or promised.
static bool is_all_there(address_space space, uintptr_t start, uintptr_t end) {
    for (uintptr_t va = start; va < end;) {
        const region* r = space.regions->find(va);
        if (r && r->source != region_source::guard) {
            va = r->end;
        } else if (vmiter(space.pagetable, va).present()) {
            va += PAGESIZE;
        } else {
            return false;
        }
    }
    return true;
}

// Own every table in the range; if the process is to write, find for each page how. `E_NOMEM` if that cannot be.
static int prepare(address_space space, uintptr_t start, uintptr_t end, int prot) {
    for (vmiter it(space.pagetable, start); it.find_mapped(end); it.next()) {
        if (own_table(it) < 0) return E_NOMEM;
        if (!(prot & PROT_WRITE) || is_zero_page(PTE_ADDR(it.entry()))) continue;
        if (allow_write(it.entry(), space.owner()) == 0) return E_NOMEM;
    }
    return 0;
}

int protect(address_space space, uintptr_t start, uintptr_t end, int prot) {
    uint64_t perm = PTE_P | (prot == PROT_NONE ? 0 : PTE_U) | (prot & PROT_EXEC ? 0 : PTE_XD);
    region_list regions = *space.regions;
    if (!is_all_there(space, start, end)) return E_NOPROMISE;
    uint64_t promised = perm | (prot & PROT_WRITE ? PTE_W : 0);
    if (int r = regions.protect(start, end, promised); r < 0) return r;
    if (prepare(space, start, end, prot) < 0) return E_NOMEM;

    *space.regions = regions;                       // nothing can fail now
    for (vmiter it(space.pagetable, start); it.find_mapped(end); it.next()) {
        uint64_t& entry = it.entry();
        uint64_t write = prot & PROT_WRITE && !is_zero_page(PTE_ADDR(entry)) ? allow_write(entry, space.owner()) : 0;
        entry = PTE_ADDR(entry) | perm | write | (entry & (PTE_A | PTE_D));
    }
    return 0;
}
