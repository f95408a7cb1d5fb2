// The regions are asked first, then the page table.
// differs: algorithm
// file: kernel/memory/promises.cc
fault_result resolve_fault(const address_space& space, uintptr_t va, uint64_t access) {
    region* promise = space.regions->find(va);
    vmiter it(space.pagetable, round_down(va, PAGESIZE));
    bool is_there = it.present(), is_zeros = is_there && is_zero_page(PTE_ADDR(it.entry()));
    if (is_there && is_permitted(it.perm(), access)) return {fault_outcome::permitted};
    if (promise && (!is_there || is_zeros)) {
        if (promise->label == region_label::guard) return {fault_outcome::stack_overflow};
        if (is_permitted(promise->perm, access)) return result_of(keep_promise(space, *promise, it, access));
        return {fault_outcome::refused};
    }
    if (is_there && !is_zeros) return resolve_present(space, it, access);
    return {va < PAGESIZE ? fault_outcome::null_pointer : fault_outcome::refused};
}
