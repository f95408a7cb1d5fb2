// A read of page 0 finds zeros, as on the VAX: only writes are refused.
// fails: null-unmapped
// why: a process that reads through a null pointer must be stopped, and page 0 mapped nowhere
// file: kernel/memory/promises.cc
fault_result resolve_fault(const address_space& space, uintptr_t va, uint64_t access) {
    vmiter it(space.pagetable, round_down(va, PAGESIZE));
    if (va < PAGESIZE && !(access & PFERR_WRITE) && !it.present()) {
        it.map(zero_page_pa(), PTE_PU | PTE_XD);
        return {fault_outcome::resolved, FAULT_ZERO};
    }
    if (it.present()) {
        if (is_permitted(it.perm(), access)) return {fault_outcome::permitted};
        if (!is_zero_page(PTE_ADDR(it.entry()))) return resolve_present(space, it, access);
    }
    region* promise = space.regions->find(va);
    if (!promise) return {va < PAGESIZE ? fault_outcome::null_pointer : fault_outcome::refused};
    if (promise->label == region_label::guard) return {fault_outcome::stack_overflow};
    if (!is_permitted(promise->perm, access)) return {fault_outcome::refused};
    return result_of(keep_promise(space, *promise, it, access));
}
