// promises.hh - how large a stack is, and where the heap's pages come from
#ifndef KINGLET_PROMISES_HH
#define KINGLET_PROMISES_HH
#include "memory/address_space.hh"

extern bool heap_is_eager;              // a heap's pages come at once: always so in this kernel

// stack_limit()
//    How many bytes a stack may have.
uintptr_t stack_limit();

// extend_heap(space, start, end)
//    Give the process `[start, end)` (page-aligned). Returns 0, or `E_NOMEM`.
[[nodiscard]] int extend_heap(address_space space, uintptr_t start, uintptr_t end);

#endif
