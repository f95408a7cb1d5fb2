#include "memory/lazy_heap.hh"

bool heap_is_eager;

int extend_heap(address_space space, uintptr_t start, uintptr_t end) {
    if (heap_is_eager) return space.add_pages(start, end, PTE_PWU | PTE_XD);
    return space.regions->add(start, end, PTE_PWU | PTE_XD, region_source::heap);
}
