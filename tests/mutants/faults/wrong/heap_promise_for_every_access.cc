// A promise is granted whatever its permissions are.
// state: 2
// fails: heap-end
// like: heap_promise_runs
// why: a touch is granted only if the promise's permissions allow it
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
    return result_of(keep_promise(space, *promise, it, access));
}
