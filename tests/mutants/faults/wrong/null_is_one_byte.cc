// Only address 0 is a null pointer; a member of what a null pointer refers to is not.
// fails: null-told
// like: null_is_a_page_fault
// why: all of page 0 is nobody's: a member of a null pointer's structure lies a few bytes in
// file: kernel/memory/promises.cc
fault_result resolve_fault(const address_space& space, uintptr_t va, uint64_t access) {
    vmiter it(space.pagetable, round_down(va, PAGESIZE));
    if (it.present()) {
        if (is_permitted(it.perm(), access)) return {fault_outcome::permitted};
        if (!is_zero_page(PTE_ADDR(it.entry()))) return resolve_present(space, it, access);
    }
    region* promise = space.regions->find(va);
    if (!promise) return {va == 0 ? fault_outcome::null_pointer : fault_outcome::refused};
    if (promise->label == region_label::guard) return {fault_outcome::stack_overflow};
    if (!is_permitted(promise->perm, access)) return {fault_outcome::refused};
    return result_of(keep_promise(space, *promise, it, access));
}
