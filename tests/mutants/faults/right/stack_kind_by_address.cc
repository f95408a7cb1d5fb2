// Whether it is the stack's page is seen by where it lies.
// differs: algorithm
// file: kernel/memory/promises.cc
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t access) {
    fault_kind kind = it.va() >= user_end - stack_limit() ? FAULT_STACK : FAULT_HEAP;
    if (!(access & PFERR_WRITE) && zero_page_pa() != 0) kind = FAULT_ZERO;
    if (kind == FAULT_ZERO) {
        if (own_table(it) < 0) return E_NOMEM;
        if (it.reach_last_level() < 0) return E_NOMEM;
        set_entry(it.entry(), zero_page_pa() | (promise.perm & ~PTE_W));
    } else if (space.add_page(it, promise.perm) < 0) {
        return E_NOMEM;
    }
    promise.faults += 1;
    return kind;
}
