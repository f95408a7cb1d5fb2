// What comes to the stack is reported as the heap's.
// fails: stack-counts
// why: on the stack it is `FAULT_STACK`, and `sys_memory` tells it
// file: kernel/memory/promises.cc
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t access) {
    if (!(access & PFERR_WRITE) && zero_page_pa() != 0) {
        if (own_table(it) < 0) return E_NOMEM;
        if (it.reach_last_level() < 0) return E_NOMEM;
        set_entry(it.entry(), zero_page_pa() | (promise.perm & ~PTE_W));
        ++promise.faults;
        return FAULT_ZERO;
    }
    if (space.add_page(it, promise.perm) < 0) return E_NOMEM;
    ++promise.faults;
    return FAULT_HEAP;
}
