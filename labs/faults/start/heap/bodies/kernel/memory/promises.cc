// STEP heap: so far all pages come at once.
int extend_heap(address_space space, uintptr_t start, uintptr_t end) {
    return space.add_pages(start, end, PTE_PWU | PTE_XD);
}

// STEP heap: so far nothing is promised.
int keep_promise(const address_space&, region&, vmiter&, uint64_t) {
    panic("keep_promise: nothing is promised yet");
}

// STEP heap: so far a fault stops its process, and only its name is to be found.
fault_result resolve_fault(const address_space& space, uintptr_t va, uint64_t access) {
    vmiter it(space.pagetable, round_down(va, PAGESIZE));
    if (it.present() && is_permitted(it.perm(), access)) return {fault_outcome::permitted};
    if (it.present()) return resolve_present(space, it, access);
    region* promise = space.regions->find(va);
    if (!promise) return {va < PAGESIZE ? fault_outcome::null_pointer : fault_outcome::refused};
    if (promise->label == region_label::guard) return {fault_outcome::stack_overflow};
    return result_of(keep_promise(space, *promise, it, access));
}
