// Whatever a process touches in its range becomes memory, promised or not.
// fails: heap-end heap-shrink
// why: memory that nobody promised must not come
// file: kernel/memory/promises.cc
fault_outcome resolve_fault(address_space space, uintptr_t va, uint64_t access, fault_kind& kind) {
    kind = NFAULT_KINDS;
    vmiter it(space.pagetable, round_down(va, PAGESIZE));
    if (it.present()) {
        if (is_permitted(it.perm(), access)) return fault_outcome::resolved;
        if (!is_zero_page(PTE_ADDR(it.entry()))) return resolve_present(space, it, access, kind);
    }
    region* promise = space.regions->find(va);
    if (!promise && is_own_address(va)) {
        kind = FAULT_HEAP;
        int r = space.add_page(it, PTE_PWU | PTE_XD);
        return r < 0 ? fault_outcome::out_of_memory : fault_outcome::resolved;
    }
    if (!promise) return va < PAGESIZE ? fault_outcome::null_pointer : fault_outcome::refused;
    if (promise->source == region_source::guard) return fault_outcome::stack_overflow;
    if (!is_permitted(promise->perm, access)) return fault_outcome::refused;
    return keep_promise(space, *promise, it, access, kind);
}
