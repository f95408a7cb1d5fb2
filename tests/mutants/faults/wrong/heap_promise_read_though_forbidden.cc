// Of a promise's permissions only those to write and to execute are looked at.
// fails: heap-protected
// why: a process that gave up a promised page with PROT_NONE may not read it either
// broken: resolve_fault is_permitted
// file: kernel/memory/promises.cc
fault_result resolve_fault(const address_space& space, uintptr_t va, uint64_t access) {
    vmiter it(space.pagetable, round_down(va, PAGESIZE));
    if (it.present()) {
        if (is_permitted(it.perm(), access)) return {fault_outcome::permitted};
        if (!is_zero_page(PTE_ADDR(it.entry()))) return resolve_present(space, it, access);
    }
    region* promise = space.regions->find(va);
    if (!promise) return {va < PAGESIZE ? fault_outcome::null_pointer : fault_outcome::refused};
    if (promise->label == region_label::guard) return {fault_outcome::stack_overflow};
    if (!is_permitted(promise->perm | PTE_U, access)) return {fault_outcome::refused};
    return result_of(keep_promise(space, *promise, it, access));
}
