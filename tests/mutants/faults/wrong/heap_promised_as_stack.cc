// The heap's promise has the label of the stack's.
// fails: heap-counts
// why: the label says what it is to the process; a heap's fault was counted as the stack's
// file: kernel/memory/promises.cc
int extend_heap(address_space space, uintptr_t start, uintptr_t end) {
    constexpr uint64_t perm = PTE_PWU | PTE_XD;
    if (heap_is_eager) return space.add_pages(start, end, perm);
    return space.regions->add({start, end, perm, region_source::zeros, region_label::stack});
}
