// A read takes a page, which is then lost: the page of zeros is mapped instead.
// fails: heap-counts
// why: a read needs no page, and what is taken must be given back
// file: kernel/memory/promises.cc
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t access) {
    void* page = kalloc(PAGESIZE, space.owner());
    if (!page) return E_NOMEM;
    if (own_table(it) < 0 || it.reach_last_level() < 0) {
        kfree(page);
        return E_NOMEM;
    }
    ++promise.faults;
    if (!(access & PFERR_WRITE) && zero_page_pa() != 0) {
        set_entry(it.entry(), zero_page_pa() | (promise.perm & ~PTE_W));
        return FAULT_ZERO;
    }
    memset(page, 0, PAGESIZE);
    set_entry(it.entry(), reinterpret_cast<uintptr_t>(page) | promise.perm);
    return promise.label == region_label::stack ? FAULT_STACK : FAULT_HEAP;
}
