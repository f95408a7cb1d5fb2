// The heap is promised without permission to write.
// fails: heap-touch
// why: a process must be able to write to its heap
// file: kernel/memory/promises.cc
int extend_heap(address_space space, uintptr_t start, uintptr_t end) {
    if (heap_is_eager) return space.add_pages(start, end, PTE_PWU | PTE_XD);
    region heap = {start, end, PTE_PU | PTE_XD, region_source::zeros, region_label::heap};
    return space.regions->add(heap);
}
