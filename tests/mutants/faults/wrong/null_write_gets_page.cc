// A write to page 0 gets a page, since nothing is there yet.
// fails: null-stops
// why: a process that writes through a null pointer must be stopped
// file: kernel/memory/promises.cc
fault_result resolve_fault(const address_space& space, uintptr_t va, uint64_t access) {
    vmiter it(space.pagetable, round_down(va, PAGESIZE));
    if (va < PAGESIZE && (access & PFERR_WRITE) && !it.present()) {
        if (space.add_page(it, PTE_PWU | PTE_XD) < 0) return {fault_outcome::out_of_memory};
        return {fault_outcome::resolved, FAULT_HEAP};
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
