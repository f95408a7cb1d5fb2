// A read that gets the page of zeros is reported as a new page.
// fails: heap-counts
// like: heap_read_takes_a_page
// why: `sys_memory` tells a program how many pages came, and of which kind
// file: kernel/memory/promises.cc
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t access) {
    fault_kind kind = promise.label == region_label::stack ? FAULT_STACK : FAULT_HEAP;
    ++promise.faults;
    if ((access & PFERR_WRITE) || zero_page_pa() == 0) {
        return space.add_page(it, promise.perm) < 0 ? E_NOMEM : int(kind);
    }
    if (own_table(it) < 0 || it.reach_last_level() < 0) return E_NOMEM;
    set_entry(it.entry(), zero_page_pa() | (promise.perm & ~PTE_W));
    return kind;
}
