// The promise ends a page early: the end was taken for the last page's address.
// fails: heap-shrink heap-end
// why: the heap's last page is promised like the others
// file: kernel/memory/promises.cc
int extend_heap(address_space space, uintptr_t start, uintptr_t end) {
    if (end - start > PAGESIZE) end -= PAGESIZE;
    return space.regions->add({start, end, PTE_PWU | PTE_XD, region_source::zeros, region_label::heap});
}
