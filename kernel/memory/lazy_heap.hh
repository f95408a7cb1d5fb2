// lazy_heap.hh - a heap whose pages come when they are touched
//
//    A room: lazy_heap.cc is the real one; with lazy_heap_none.cc, `sys_sbrk` brings all pages at once.
#ifndef KINGLET_LAZY_HEAP_HH
#define KINGLET_LAZY_HEAP_HH
#include "memory/address_space.hh"

extern bool heap_is_eager;              // bring a heap's pages at once; always so without this room

// extend_heap(space, start, end)
//    Give the process `[start, end)` (page-aligned, nothing promised there). Returns 0; or, with
//    nothing changed, `E_NOPROMISE` if there would be too many regions, `E_NOMEM`.
[[nodiscard]] int extend_heap(address_space space, uintptr_t start, uintptr_t end);

#endif
