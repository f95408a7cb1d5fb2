// The entry is found by `find_entry`, level by level, and not by `vmiter`.
// differs: algorithm
// file: kernel/memory/promises.cc
fault_result resolve_fault(const address_space& space, uintptr_t va, uint64_t access) {
    uintptr_t page_va = round_down(va, PAGESIZE);
    uint64_t perm = ~uint64_t(0) & ~PTE_XD, entry = 0;
    for (int level = 3; level >= 0; --level) {
        pt_entry* at = va < VA_LOWEND ? find_entry(space.pagetable, page_va, level) : nullptr;
        entry = at ? *at : 0;
        if (!(entry & PTE_P)) {
            entry = 0;
            break;
        }
        perm = (perm & entry & PTE_PWU) | ((perm | entry) & PTE_XD);
    }
    vmiter it(space.pagetable, page_va);
    if (entry != 0 && is_permitted(perm, access)) return {fault_outcome::permitted};
    if (entry != 0 && !is_zero_page(PTE_ADDR(entry))) return resolve_present(space, it, access);
    region* promise = space.regions->find(va);
    if (promise && promise->label == region_label::guard) return {fault_outcome::stack_overflow};
    if (promise && is_permitted(promise->perm, access)) return result_of(keep_promise(space, *promise, it, access));
    return {va < PAGESIZE && !promise ? fault_outcome::null_pointer : fault_outcome::refused};
}
