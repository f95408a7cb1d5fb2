// A read brings a page of the process's own, like a write: the page of zeros is not used.
// differs: algorithm
// file: kernel/memory/promises.cc
int keep_promise(const address_space& space, region& promise, vmiter& it, uint64_t) {
    if (space.add_page(it, promise.perm) < 0) return E_NOMEM;
    ++promise.faults;
    return promise.label == region_label::stack ? FAULT_STACK : FAULT_HEAP;
}
