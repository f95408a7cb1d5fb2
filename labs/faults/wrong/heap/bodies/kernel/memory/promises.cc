// Wrong: the page of zeros may be written to.
static int keep_promise(address_space space, region& promise, vmiter& it, uint64_t access) {
    int r;
    fault_kind kind;
    if (!(access & PFERR_WRITE) && zero_page_pa() != 0) {
        kind = FAULT_ZERO;
        r = it.reach_last_level();
        if (r >= 0) set_entry(it.entry(), zero_page_pa() | promise.perm);
    } else {
        kind = FAULT_HEAP;
        r = space.add_page(it, promise.perm);
    }
    if (r < 0) return r;
    ++promise.faults;
    return kind;
}
