#include "memory/lazy_heap.hh"

bool heap_is_eager = true;

int extend_heap(address_space space, uintptr_t start, uintptr_t end) {
    return space.add_pages(start, end, PTE_PWU | PTE_XD);
}
