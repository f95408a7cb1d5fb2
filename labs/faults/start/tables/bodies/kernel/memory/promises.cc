// A page that is there refused the access.
// STEP tables: so far its page table is the process's own.
static fault_result resolve_present(address_space space, vmiter& it, uint64_t access) {
    if (access & PFERR_RESERVED) return {fault_outcome::refused};
    bool is_copy_on_write = (it.entry() & PTE_U) && (it.entry() & PTE_COW);
    if (!(access & PFERR_WRITE) || !is_copy_on_write) return {fault_outcome::refused};
    return result_of(resolve_write(it.entry(), space.owner()));
}

// Turn the promise of the page at `it.va()` into memory.
// STEP tables: so far its page table is the process's own.
static int keep_promise(address_space space, region& promise, vmiter& it, uint64_t access) {
    int r;
    fault_kind kind;
    if (!(access & PFERR_WRITE) && zero_page_pa() != 0) {
        kind = FAULT_ZERO;
        r = it.reach_last_level();
        if (r >= 0) set_entry(it.entry(), zero_page_pa() | (promise.perm & ~PTE_W));
    } else {
        kind = promise.source == region_source::stack ? FAULT_STACK : FAULT_HEAP;
        r = space.add_page(it, promise.perm);
    }
    if (r < 0) return r;
    ++promise.faults;
    return kind;
}
