// The page is held by an owning object until its table is there.
// file: kernel/memory/promises.cc
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t access) {
    bool reads = !(access & PFERR_WRITE) && zero_page_pa() != 0;
    if (reads) {
        if (own_table(it) < 0 || it.reach_last_level() < 0) return E_NOMEM;
        set_entry(it.entry(), zero_page_pa() | (promise.perm & ~PTE_W));
    } else {
        owned_page page(space.owner());
        if (!page) return E_NOMEM;
        clear_page(page.get());
        if (own_table(it) < 0 || it.reach_last_level() < 0) return E_NOMEM;
        set_entry(it.entry(), page.pa() | promise.perm);
        page.release();
    }
    ++promise.faults;
    if (reads) return FAULT_ZERO;
    return promise.label == region_label::stack ? FAULT_STACK : FAULT_HEAP;
}
