#include "memory/protection.hh"
#include "abi.hh"
#include "memory/cow.hh"
#include "memory/shared_tables.hh"
#include "memory/work_part.hh"
#include "page/zero_page.hh"

// `protect` passes over its range three times. The low bits of its progress say which pass it is
// in, the others the page that comes next.
enum pass : uintptr_t {
    checking,
    preparing,
    changing,
};

// Where a pass begins or goes on; `end` if it is over.
static uintptr_t begin_of(pass wanted, uintptr_t start, uintptr_t end, const work_part& work) {
    uintptr_t now = work.begin() & PAGEOFFMASK;
    if (wanted < now) return end;
    return wanted == now ? max(start, work.begin() - now) : start;
}

// Whether each page of `[start, end)` is present, away or promised, and `prot` may be allowed.
// Returns 0, `E_MORE`, `E_ACCES` or `E_NOPROMISE`.
static int check(address_space space, uintptr_t start, uintptr_t end, int prot, work_part& work) {
    for (uintptr_t va = begin_of(checking, start, end, work); va < end;) {
        if (work.is_over()) return work.stop(va | checking);
        work.spend_on(va);
        const region* r = space.regions->find(va);
        if (r && (prot & PROT_WRITE) && r->is_write_refused) return E_ACCES;
        if (r && r->source != region_source::nothing) {
            va = r->end;
        } else if (vmiter(space.pagetable, va).state() != entry_state::empty) {
            va += PAGESIZE;
        } else {
            return E_NOPROMISE;
        }
    }
    return 0;
}

// Make every table in the range the process's own, and, if it may write, each page one that can be
// made writable. Returns 0, `E_MORE`, or `E_NOMEM`.
static int prepare(address_space space, uintptr_t start, uintptr_t end, int prot, work_part& work) {
    vmiter it(space.pagetable, begin_of(preparing, start, end, work));
    for (; it.find_live(end); it.next()) {
        if (work.is_over()) return work.stop(it.va() | preparing);
        work.spend_on(it.va());
        if (own_table(it) < 0) return E_NOMEM;
        if (!(prot & PROT_WRITE) || !has_own_page(it.entry())) continue;
        if (it.entry() & PTE_SHARED) continue;
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
        if (entry & PTE_SHARED) return PTE_W;
        return is_zero_page(PTE_ADDR(entry)) ? 0 : allow_write(entry, owner);
    case entry_state::away:
        return PTE_W;
    }
    __builtin_unreachable();
}

// Give every entry in the range, which `prepare` has seen, its new permissions. Returns 0 or
// `E_MORE`.
static int change(address_space space, uintptr_t start, uintptr_t end, int prot, uint64_t perm,
                  work_part& work) {
    constexpr uint64_t kept = PTE_A | PTE_D | PTE_SHARED;
    vmiter it(space.pagetable, begin_of(changing, start, end, work));
    for (; it.find_live(end); it.next()) {
        if (work.is_over()) return work.stop(it.va() | changing);
        work.spend_on(it.va());
        pt_entry& entry = it.entry();
        uint64_t write = prot & PROT_WRITE ? write_bit(entry, space.owner()) : 0;
        set_flags(entry, perm | write | (entry & kept));
    }
    return 0;
}

int protect(address_space space, uintptr_t start, uintptr_t end, int prot) {
    uint64_t perm = PTE_P | (prot == PROT_NONE ? 0 : PTE_U) | (prot & PROT_EXEC ? 0 : PTE_XD);
    region_list regions = *space.regions;
    work_part work(space.progress);
    if (int r = check(space, start, end, prot, work); r < 0) return r;
    uint64_t promised = perm | (prot & PROT_WRITE ? PTE_W : 0);
    if (int r = regions.protect(start, end, promised); r < 0) return r;
    if (int r = prepare(space, start, end, prot, work); r < 0) return r;

    space.regions->become(regions);                       // nothing can fail now
    return change(space, start, end, prot, perm, work);
}
