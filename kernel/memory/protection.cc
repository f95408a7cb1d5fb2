#include "memory/protection.hh"
#include "abi.hh"
#include "memory/cow.hh"
#include "memory/shared_tables.hh"
#include "page/zero_page.hh"

// Whether each page of `[start, end)` is present, away or promised.
static bool is_all_there(address_space space, uintptr_t start, uintptr_t end) {
    for (uintptr_t va = start; va < end;) {
        const region* r = space.regions->find(va);
        if (r && r->source != region_source::nothing) {
            va = r->end;
        } else if (vmiter(space.pagetable, va).state() != entry_state::empty) {
            va += PAGESIZE;
        } else {
            return false;
        }
    }
    return true;
}

// Make every table in the range the process's own, and, if it may write, each page one that can be
// made writable. Returns 0, or `E_NOMEM`.
static int prepare(address_space space, uintptr_t start, uintptr_t end, int prot) {
    for (vmiter it(space.pagetable, start); it.find_live(end); it.next()) {
        if (own_table(it) < 0) return E_NOMEM;
        if (!(prot & PROT_WRITE) || !has_own_page(it.entry())) continue;
        if (allow_write(it.entry(), space.owner()) == 0) return E_NOMEM;
    }
    return 0;
}

// The bit that allows writing, for an entry that `prepare` has seen. The page of zeros is replaced,
// not written to; a page that is away comes back as the process's own.
static uint64_t write_bit(pt_entry& entry, int owner) {
    switch (state_of(entry)) {
    case entry_state::empty:
        return 0;
    case entry_state::present:
        return is_zero_page(PTE_ADDR(entry)) ? 0 : allow_write(entry, owner);
    case entry_state::away:
        return PTE_W;
    }
    __builtin_unreachable();
}

int protect(address_space space, uintptr_t start, uintptr_t end, int prot) {
    uint64_t perm = PTE_P | (prot == PROT_NONE ? 0 : PTE_U) | (prot & PROT_EXEC ? 0 : PTE_XD);
    region_list regions = *space.regions;
    if (!is_all_there(space, start, end)) return E_NOPROMISE;
    uint64_t promised = perm | (prot & PROT_WRITE ? PTE_W : 0);
    if (int r = regions.protect(start, end, promised); r < 0) return r;
    if (prepare(space, start, end, prot) < 0) return E_NOMEM;

    *space.regions = regions;                       // nothing can fail now
    for (vmiter it(space.pagetable, start); it.find_live(end); it.next()) {
        pt_entry& entry = it.entry();
        uint64_t write = prot & PROT_WRITE ? write_bit(entry, space.owner()) : 0;
        set_flags(entry, perm | write | (entry & (PTE_A | PTE_D)));
    }
    return 0;
}
