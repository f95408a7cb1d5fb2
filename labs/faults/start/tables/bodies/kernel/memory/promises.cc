// STEP tables: so far its page table is the process's own.
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t access) {
    if (!(access & PFERR_WRITE) && zero_page_pa() != 0) {
        if (it.reach_last_level() < 0) return E_NOMEM;
        set_entry(it.entry(), zero_page_pa() | (promise.perm & ~PTE_W));
        ++promise.faults;
        return FAULT_ZERO;
    }
    if (space.add_page(it, promise.perm) < 0) return E_NOMEM;
    ++promise.faults;
    return promise.label == region_label::stack ? FAULT_STACK : FAULT_HEAP;
}

// A page that is there refused the access.
// STEP tables: so far its page table is the process's own.
static fault_result resolve_present(const address_space& space, vmiter& it, uint64_t access) {
    if (access & PFERR_RESERVED) return {fault_outcome::refused};
    bool is_copy_on_write = (it.entry() & PTE_U) && (it.entry() & PTE_COW);
    if (!(access & PFERR_WRITE) || !is_copy_on_write) return {fault_outcome::refused};
    return result_of(resolve_write(it.entry(), space.owner()));
}
