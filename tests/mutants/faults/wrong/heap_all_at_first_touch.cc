// The first touch brings all pages of the heap.
// fails: heap-touch
// why: a touch brings the page that was touched, and no other
// file: kernel/memory/promises.cc
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t access) {
    int r;
    fault_kind kind;
    if (!(access & PFERR_WRITE) && zero_page_pa() != 0) {
        kind = FAULT_ZERO;
        r = own_table(it);
        if (r >= 0) r = it.reach_last_level();
        if (r >= 0) set_entry(it.entry(), zero_page_pa() | (promise.perm & ~PTE_W));
    } else if (promise.label == region_label::heap) {
        kind = FAULT_HEAP;
        r = space.add_pages(promise.start, promise.end, promise.perm);
        if (r >= 0) it = vmiter(space.pagetable, it.va());
        if (r >= 0 && is_zero_page(PTE_ADDR(it.entry()))) r = space.add_page(it, promise.perm);
    } else {
        kind = FAULT_STACK;
        r = space.add_page(it, promise.perm);
    }
    if (r < 0) return r;
    ++promise.faults;
    return kind;
}
