#include "memory/fault.hh"
#include "memory/cow.hh"
#include "memory/mapping.hh"
#include "memory/promises.hh"
#include "memory/shared_tables.hh"
#include "page/zero_page.hh"

// Whether permissions `perm` allow the access. `PFERR_WRITE` and `PTE_W` are the same bit.
static bool is_permitted(uint64_t perm, uint64_t access) {
    static_assert(PFERR_WRITE == PTE_W);
    uint64_t wanted = PTE_U | (access & PFERR_WRITE);
    return (perm & wanted) == wanted && !((access & PFERR_FETCH) && (perm & PTE_XD));
}

// Turn what `resolve_write` or `keep_promise` returned (a `fault_kind` or `E_NOMEM`) into a result.
static fault_result result_of(int kind) {
    if (kind < 0) return {fault_outcome::out_of_memory};
    return {fault_outcome::resolved, fault_kind(kind)};
}

// A page that is there refused the access.
static fault_result resolve_present(const address_space& space, vmiter& it, uint64_t access) {
    if (access & PFERR_RESERVED) return {fault_outcome::refused};
    bool may_write = (it.entry() & PTE_U) && (it.entry() & (PTE_W | PTE_COW));
    if (!(access & PFERR_WRITE) || !may_write) return {fault_outcome::refused};
    int owned = own_table(it);
    if (owned < 0) return {fault_outcome::out_of_memory};
    if (it.entry() & PTE_COW) return result_of(resolve_write(it.entry(), space.owner()));
    return {owned > 0 ? fault_outcome::resolved : fault_outcome::refused, FAULT_TABLE};
}

fault_result resolve_fault(const address_space& space, uintptr_t va, uint64_t access) {
    vmiter it(space.pagetable, round_down(va, PAGESIZE));
    switch (it.state()) {
    case entry_state::present:
        if (is_permitted(it.perm(), access)) return {fault_outcome::permitted};
        if (!is_zero_page(PTE_ADDR(it.entry()))) return resolve_present(space, it, access);
        break;
    case entry_state::away:
        return {fault_outcome::refused};            // nothing can bring it back yet
    case entry_state::empty:
        break;
    }
    region* promise = space.regions->find(va);
    if (!promise) return {va < PAGESIZE ? fault_outcome::null_pointer : fault_outcome::refused};
    if (promise->label == region_label::guard) return {fault_outcome::stack_overflow};
    if (!is_permitted(promise->perm, access)) return {fault_outcome::refused};
    if (promise->source == region_source::nothing) return {fault_outcome::refused};
    if (promise->source == region_source::file) return resolve_mapping(space, *promise, it, access);
    return result_of(keep_promise(space, *promise, it, access));
}
