// A promise is granted to every access but a write that it forbids: code is fetched from the heap,
// gets the page of zeros, and is fetched again, for ever.
// fails: heap-end
// like: refused_is_resolved
// why: nobody executes the heap, whether a page of it is there or only promised
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
    if ((access & PFERR_WRITE) && !(promise->perm & PTE_W)) return {fault_outcome::refused};
    return result_of(keep_promise(space, *promise, it, access));
}
