// Once a page of it has come, the promise of the whole heap is forgotten.
// fails: heap-touch
// like: heap_all_at_first_touch
// why: each page of the heap comes when it is touched, not only the first
// file: kernel/memory/promises.cc
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t access) {
    int r;
    fault_kind kind;
    if (!(access & PFERR_WRITE) && zero_page_pa() != 0) {
        kind = FAULT_ZERO;
        r = own_table(it);
        if (r >= 0) r = it.reach_last_level();
        if (r >= 0) set_entry(it.entry(), zero_page_pa() | (promise.perm & ~PTE_W));
    } else {
        kind = promise.label == region_label::stack ? FAULT_STACK : FAULT_HEAP;
        r = space.add_page(it, promise.perm);
        if (r == 0 && promise.label == region_label::heap) {
            return space.regions->remove(promise.start, promise.end) < 0 ? E_NOMEM : int(kind);
        }
    }
    if (r < 0) return r;
    ++promise.faults;
    return kind;
}
