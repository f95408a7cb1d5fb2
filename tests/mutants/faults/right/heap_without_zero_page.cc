// A read brings a page of the process's own, like a write: the page of zeros is not used.
// differs: algorithm
// file: kernel/memory/promises.cc
static fault_outcome keep_promise(address_space space, region& promise, vmiter& it, uint64_t, fault_kind& kind) {
    kind = promise.source == region_source::stack ? FAULT_STACK : FAULT_HEAP;
    if (space.add_page(it, promise.perm) < 0) return fault_outcome::out_of_memory;
    ++promise.faults;
    return fault_outcome::resolved;
}
