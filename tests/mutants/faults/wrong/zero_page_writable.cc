// A read maps the page of zeros with all permissions that were promised, so a write goes there.
// fails: heap-pages
// why: who writes to a page of zeros that others have must get a page of its own
// file: kernel/memory/promises.cc
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t access) {
    int r;
    fault_kind kind;
    if (!(access & PFERR_WRITE) && zero_page_pa() != 0) {
        kind = FAULT_ZERO;
        r = own_table(it);
        if (r >= 0) r = it.reach_last_level();
        if (r >= 0) set_entry(it.entry(), zero_page_pa() | promise.perm);
    } else {
        kind = promise.label == region_label::stack ? FAULT_STACK : FAULT_HEAP;
        r = space.add_page(it, promise.perm);
    }
    if (r < 0) return r;
    ++promise.faults;
    return kind;
}
