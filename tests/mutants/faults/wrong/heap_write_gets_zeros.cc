// A write, too, gets the page of zeros, which may not be written: the fault comes again and again.
// fails: heap-touch heap-pages
// why: a write to a promised page must bring a page of the process's own
// file: kernel/memory/promises.cc
int keep_promise(const address_space&, region& promise, vmiter& it, uint64_t) {
    int r = own_table(it);
    if (r >= 0) r = it.reach_last_level();
    if (r >= 0) set_entry(it.entry(), zero_page_pa() | (promise.perm & ~PTE_W));
    if (r < 0) return r;
    ++promise.faults;
    return FAULT_ZERO;
}
