// A guard is known by its source, and not by its label.
// file: kernel/memory/promises.cc
fault_result resolve_fault(const address_space& space, uintptr_t va, uint64_t access) {
    vmiter it(space.pagetable, round_down(va, PAGESIZE));
    if (it.present()) {
        if (is_permitted(it.perm(), access)) return {fault_outcome::permitted};
        if (!is_zero_page(PTE_ADDR(it.entry()))) return resolve_present(space, it, access);
    }
    region* promise = space.regions->find(va);
    if (!promise) return {va < PAGESIZE ? fault_outcome::null_pointer : fault_outcome::refused};
    switch (promise->source) {
    case region_source::nothing: return {fault_outcome::stack_overflow};
    case region_source::zeros:
    case region_source::file: break;
    }
    if (!is_permitted(promise->perm, access)) return {fault_outcome::refused};
    return result_of(keep_promise(space, *promise, it, access));
}
