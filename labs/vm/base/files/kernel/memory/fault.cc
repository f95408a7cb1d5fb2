#include "memory/fault.hh"

// Whether permissions `perm` allow the access. `PFERR_WRITE` and `PTE_W` are the same bit.
static bool is_permitted(uint64_t perm, uint64_t access) {
    static_assert(PFERR_WRITE == PTE_W);
    uint64_t wanted = PTE_U | (access & PFERR_WRITE);
    return (perm & wanted) == wanted && !((access & PFERR_FETCH) && (perm & PTE_XD));
}

fault_result resolve_fault(const address_space& space, uintptr_t va, uint64_t access) {
    if (is_permitted(vmiter(space.pagetable, va).perm(), access)) return {fault_outcome::permitted};
    return {va < PAGESIZE ? fault_outcome::null_pointer : fault_outcome::refused};
}
