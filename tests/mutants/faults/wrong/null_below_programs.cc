// Whatever lies below the programs' addresses counts as a null pointer.
// fails: null-told
// like: null_is_a_page_fault
// why: only page 0 is what null pointers lead to; the kernel's memory is something else
// file: kernel/memory/promises.cc
fault_result resolve_fault(const address_space& space, uintptr_t va, uint64_t access) {
    vmiter it(space.pagetable, round_down(va, PAGESIZE));
    if (it.present()) {
        if (is_permitted(it.perm(), access)) return {fault_outcome::permitted};
        if (!is_zero_page(PTE_ADDR(it.entry()))) return resolve_present(space, it, access);
    }
    region* promise = space.regions->find(va);
    if (!promise) {
        return {va < PROC_START_ADDR ? fault_outcome::null_pointer : fault_outcome::refused};
    }
    if (promise->label == region_label::guard) return {fault_outcome::stack_overflow};
    if (!is_permitted(promise->perm, access)) return {fault_outcome::refused};
    return result_of(keep_promise(space, *promise, it, access));
}
