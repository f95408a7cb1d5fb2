// The page that comes has what its last user left there.
// fails: heap-zeros
// why: a new page of the heap holds zeros
// file: kernel/memory/promises.cc
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t) {
    owned_page page(space.owner());
    if (!page || own_table(it) < 0 || it.reach_last_level() < 0) return E_NOMEM;
    set_entry(it.entry(), page.pa() | promise.perm);
    page.release();
    ++promise.faults;
    return promise.label == region_label::stack ? FAULT_STACK : FAULT_HEAP;
}
