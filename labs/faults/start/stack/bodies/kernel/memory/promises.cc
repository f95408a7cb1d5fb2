// STEP stack: so far a stack is one page.
uintptr_t stack_limit() {
    return PAGESIZE;
}

// STEP stack: so far that page is all, above a guard.
int give_stack(address_space space) {
    uintptr_t start = user_end - PAGESIZE;
    region guard = {start - PAGESIZE, start, 0, region_source::nothing, region_label::guard};
    if (int r = space.regions->add(guard); r < 0) return r;
    return space.add_page(start, PTE_PWU | PTE_XD);
}

// STEP stack: so far all promises are the heap's.
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t access) {
    if (!(access & PFERR_WRITE) && zero_page_pa() != 0) {
        if (it.reach_last_level() < 0) return E_NOMEM;
        set_entry(it.entry(), zero_page_pa() | (promise.perm & ~PTE_W));
        ++promise.faults;
        return FAULT_ZERO;
    }
    if (space.add_page(it, promise.perm) < 0) return E_NOMEM;
    ++promise.faults;
    return FAULT_HEAP;
}
