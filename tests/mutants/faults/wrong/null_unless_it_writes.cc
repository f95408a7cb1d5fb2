// A write to page 0 is called a page fault: the null pointer is looked for in the case of reads.
// state: 1
// fails: null-told
// like: null_is_a_page_fault
// why: whoever touches page 0, in whatever way, used a null pointer
// file: kernel/memory/promises.cc
fault_result resolve_fault(const address_space& space, uintptr_t va, uint64_t access) {
    vmiter it(space.pagetable, round_down(va, PAGESIZE));
    if (it.present() && is_permitted(it.perm(), access)) return {fault_outcome::permitted};
    if (it.present()) return resolve_present(space, it, access);
    region* promise = space.regions->find(va);
    bool reads = !(access & (PFERR_WRITE | PFERR_FETCH));
    if (va < PAGESIZE && reads) return {fault_outcome::null_pointer};
    if (!promise) return {fault_outcome::refused};
    if (promise->label == region_label::guard) return {fault_outcome::stack_overflow};
    return result_of(keep_promise(space, *promise, it, access));
}
