// What comes for a promise gets the heap's usual permissions, not those of the promise.
// fails: heap-protected
// why: `sys_mprotect` may have changed what the promise permits
// file: kernel/memory/promises.cc
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t access) {
    constexpr uint64_t perm = PTE_PWU | PTE_XD;
    if (!(access & PFERR_WRITE) && zero_page_pa() != 0) {
        if (own_table(it) < 0) return E_NOMEM;
        if (it.reach_last_level() < 0) return E_NOMEM;
        set_entry(it.entry(), zero_page_pa() | (perm & ~PTE_W));
        ++promise.faults;
        return FAULT_ZERO;
    }
    if (space.add_page(it, perm) < 0) return E_NOMEM;
    ++promise.faults;
    return promise.label == region_label::stack ? FAULT_STACK : FAULT_HEAP;
}
