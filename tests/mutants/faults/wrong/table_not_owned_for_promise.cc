// A page that was promised is mapped in a shared table, without a copy of it.
// fails: tables-changes
// why: what one process touches would come to the others, too
// file: kernel/memory/promises.cc
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t access) {
    int r;
    fault_kind kind;
    if (!(access & PFERR_WRITE) && zero_page_pa() != 0) {
        kind = FAULT_ZERO;
        r = it.reach_last_level();
        if (r >= 0) set_entry(it.entry(), zero_page_pa() | (promise.perm & ~PTE_W));
    } else {
        kind = promise.label == region_label::stack ? FAULT_STACK : FAULT_HEAP;
        r = space.add_page(it, promise.perm);
    }
    if (r < 0) return r;
    ++promise.faults;
    return kind;
}
