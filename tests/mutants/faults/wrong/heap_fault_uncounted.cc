// The promise does not count how often a fault came to it.
// fails: heap-counts
// like: heap_read_takes_a_page
// why: `regions` in gdb and the screen show the count
// file: kernel/memory/promises.cc
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t access) {
    if (!(access & PFERR_WRITE) && zero_page_pa() != 0) {
        if (own_table(it) < 0) return E_NOMEM;
        if (it.reach_last_level() < 0) return E_NOMEM;
        set_entry(it.entry(), zero_page_pa() | (promise.perm & ~PTE_W));
        return FAULT_ZERO;
    }
    if (space.add_page(it, promise.perm) < 0) return E_NOMEM;
    return promise.label == region_label::stack ? FAULT_STACK : FAULT_HEAP;
}
