// Whatever is not promised is called a stack overflow.
// fails: heap-end
// like: refused_is_resolved
// why: beyond the heap's end, far below the stack, no stack has overflowed
// file: kernel/memory/promises.cc
fault_result resolve_fault(const address_space& space, uintptr_t va, uint64_t access) {
    vmiter it(space.pagetable, round_down(va, PAGESIZE));
    if (it.present()) {
        if (is_permitted(it.perm(), access)) return {fault_outcome::permitted};
        if (!is_zero_page(PTE_ADDR(it.entry()))) return resolve_present(space, it, access);
    }
    if (va < PROC_START_ADDR) {
        return {va < PAGESIZE ? fault_outcome::null_pointer : fault_outcome::refused};
    }
    region* promise = space.regions->find(va);
    if (!promise || promise->label == region_label::guard) return {fault_outcome::stack_overflow};
    if (!is_permitted(promise->perm, access)) return {fault_outcome::refused};
    return result_of(keep_promise(space, *promise, it, access));
}
