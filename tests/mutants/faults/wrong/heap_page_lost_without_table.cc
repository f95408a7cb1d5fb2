// A page is taken before there is a page table for it; if there is no memory for that, it is lost.
// fails: heap-short
// like: heap_counts_before_it_fails
// why: without memory nothing has changed: what was taken is given back
// file: kernel/memory/promises.cc
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t access) {
    uint64_t entry = zero_page_pa() | (promise.perm & ~PTE_W);
    fault_kind kind = FAULT_ZERO;
    if ((access & PFERR_WRITE) || zero_page_pa() == 0) {
        void* page = kalloc(PAGESIZE, space.owner());
        if (!page) return E_NOMEM;
        memset(page, 0, PAGESIZE);
        entry = reinterpret_cast<uintptr_t>(page) | promise.perm;
        kind = promise.label == region_label::stack ? FAULT_STACK : FAULT_HEAP;
    }
    if (own_table(it) < 0 || it.reach_last_level() < 0) return E_NOMEM;
    set_entry(it.entry(), entry);
    ++promise.faults;
    return kind;
}
