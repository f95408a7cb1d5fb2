// If there is no memory, a write gets the page of zeros for the time being, and is called resolved.
// fails: heap-overcommit
// like: broken_promise_panics
// why: the answer must be `out_of_memory`: a write cannot go there, and would fault for ever
// file: kernel/memory/promises.cc
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t access) {
    if ((access & PFERR_WRITE) || zero_page_pa() == 0) {
        if (space.add_page(it, promise.perm) >= 0) {
            ++promise.faults;
            return promise.label == region_label::stack ? FAULT_STACK : FAULT_HEAP;
        }
    }
    if (own_table(it) < 0 || it.reach_last_level() < 0) return E_NOMEM;
    set_entry(it.entry(), zero_page_pa() | (promise.perm & ~PTE_W));
    ++promise.faults;
    return FAULT_ZERO;
}
