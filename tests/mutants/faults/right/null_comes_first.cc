// Page 0 is refused before anything else is looked at.
// differs: algorithm
// file: kernel/memory/promises.cc
fault_result resolve_fault(const address_space& space, uintptr_t va, uint64_t access) {
    if (va < PAGESIZE) return {fault_outcome::null_pointer};
    vmiter it(space.pagetable, round_down(va, PAGESIZE));
    bool is_there = it.present();
    if (is_there && is_permitted(it.perm(), access)) return {fault_outcome::permitted};
    if (is_there && !is_zero_page(PTE_ADDR(it.entry()))) return resolve_present(space, it, access);
    region* promise = space.regions->find(va);
    if (!promise) return {fault_outcome::refused};
    if (promise->label == region_label::guard) return {fault_outcome::stack_overflow};
    if (!is_permitted(promise->perm, access)) return {fault_outcome::refused};
    return result_of(keep_promise(space, *promise, it, access));
}
