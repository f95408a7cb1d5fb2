// The promise is a value that is filled in member by member.
// file: kernel/memory/promises.cc
int extend_heap(address_space space, uintptr_t start, uintptr_t end) {
    region heap = {};
    heap.start = start;
    heap.end = end;
    heap.perm = PTE_P | PTE_W | PTE_U | PTE_XD;
    heap.source = region_source::zeros;
    heap.label = region_label::heap;
    return heap_is_eager ? space.add_pages(start, end, heap.perm) : space.regions->add(heap);
}
