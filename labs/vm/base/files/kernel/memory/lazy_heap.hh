// lazy_heap.hh - where the heap's pages come from
#ifndef KINGLET_LAZY_HEAP_HH
#define KINGLET_LAZY_HEAP_HH
#include "memory/address_space.hh"

extern bool heap_is_eager;              // a heap's pages come at once: always so in this kernel

// extend_heap(space, start, end)
//    Give the process `[start, end)` (page-aligned). Returns 0, or `E_NOMEM`.
[[nodiscard]] int extend_heap(address_space space, uintptr_t start, uintptr_t end);

#endif
