// The promise goes one page beyond the heap's end.
// fails: heap-end
// why: what is behind the heap's end is not the process's
// file: kernel/memory/promises.cc
int extend_heap(address_space space, uintptr_t start, uintptr_t end) {
    uintptr_t beyond = end + PAGESIZE;
    if (!space.regions->is_free(start, beyond)) beyond = end;
    region heap = {start, beyond, PTE_PWU | PTE_XD, region_source::zeros, region_label::heap};
    return space.regions->add(heap);
}
