// The fault is counted before it is known whether there is memory for it.
// fails: heap-short
// why: without memory nothing has changed
// file: kernel/memory/promises.cc
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t access) {
    ++promise.faults;
    if (!(access & PFERR_WRITE) && zero_page_pa() != 0) {
        if (own_table(it) < 0) return E_NOMEM;
        if (it.reach_last_level() < 0) return E_NOMEM;
        set_entry(it.entry(), zero_page_pa() | (promise.perm & ~PTE_W));
        return FAULT_ZERO;
    }
    if (space.add_page(it, promise.perm) < 0) return E_NOMEM;
    return promise.label == region_label::stack ? FAULT_STACK : FAULT_HEAP;
}
