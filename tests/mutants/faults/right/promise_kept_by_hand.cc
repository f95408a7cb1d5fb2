// The page that was promised is taken, cleared and mapped here, without `add_page`.
// file: kernel/memory/promises.cc
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t access) {
    if (own_table(it) < 0 || it.reach_last_level() < 0) return E_NOMEM;
    uint64_t entry = zero_page_pa() | (promise.perm & ~PTE_W);
    fault_kind kind = FAULT_ZERO;
    if ((access & PFERR_WRITE) || zero_page_pa() == 0) {
        void* page = kalloc(PAGESIZE, space.owner());
        if (!page) return E_NOMEM;
        memset(page, 0, PAGESIZE);
        entry = reinterpret_cast<uintptr_t>(page) | promise.perm;
        kind = promise.label == region_label::heap ? FAULT_HEAP : FAULT_STACK;
    }
    set_entry(it.entry(), entry);
    ++promise.faults;
    return kind;
}
