// The page of zeros is mapped as copy-on-write.
// fails: heap-counts
// like: heap_read_takes_a_page
// why: it is replaced when somebody writes, not copied; copy-on-write is for pages that are counted
// file: kernel/memory/promises.cc
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t access) {
    if (!(access & PFERR_WRITE) && zero_page_pa() != 0) {
        if (own_table(it) < 0) return E_NOMEM;
        if (it.reach_last_level() < 0) return E_NOMEM;
        set_entry(it.entry(), zero_page_pa() | (promise.perm & ~PTE_W) | PTE_COW);
        ++promise.faults;
        return FAULT_ZERO;
    }
    if (space.add_page(it, promise.perm) < 0) return E_NOMEM;
    ++promise.faults;
    return promise.label == region_label::stack ? FAULT_STACK : FAULT_HEAP;
}
