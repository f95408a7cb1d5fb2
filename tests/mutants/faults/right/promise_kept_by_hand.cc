// The page that was promised is taken, cleared and mapped here, without `add_page`.
// file: kernel/memory/promises.cc
static fault_outcome keep_promise(address_space space, region& promise, vmiter& it, uint64_t access, fault_kind& kind) {
    if (own_table(it) < 0 || it.reach_last_level() < 0) return fault_outcome::out_of_memory;
    uint64_t entry = zero_page_pa() | (promise.perm & ~PTE_W);
    kind = FAULT_ZERO;
    if ((access & PFERR_WRITE) || zero_page_pa() == 0) {
        void* page = kalloc(PAGESIZE, space.owner());
        if (!page) return fault_outcome::out_of_memory;
        memset(page, 0, PAGESIZE);
        entry = reinterpret_cast<uintptr_t>(page) | promise.perm;
        kind = promise.source == region_source::heap ? FAULT_HEAP : FAULT_STACK;
    }
    set_entry(it.entry(), entry);
    ++promise.faults;
    return fault_outcome::resolved;
}
