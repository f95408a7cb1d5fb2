// The heap is promised without the no-execute bit.
// fails: heap-touch heap-shrink
// why: data must not be executable
// file: kernel/memory/promises.cc
int extend_heap(address_space space, uintptr_t start, uintptr_t end) {
    if (heap_is_eager) return space.add_pages(start, end, PTE_PWU | PTE_XD);
    region heap = {start, end, PTE_PWU, region_source::zeros, region_label::heap};
    return space.regions->add(heap);
}
