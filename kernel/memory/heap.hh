// heap.hh - the heap, which `sys_sbrk` grows and shrinks by bytes
//
//    It starts on the page after the program's segments, in the big machine on the next multiple of
//    2 MiB, so that a page table with pages of the heap has no others, and `fork` can share all
//    these tables. Where its pages come from is `promises.hh`'s affair.
#ifndef KINGLET_HEAP_HH
#define KINGLET_HEAP_HH
#include "memory/address_space.hh"

// start_heap(space, segments_end)
//    Give a new process a heap of no bytes behind its program, which ends at `segments_end`
//    (page-aligned).
void start_heap(address_space space, uintptr_t segments_end);

// move_break(space, delta)
//    Move the end of the heap by `delta` bytes. Returns the old one; `E_INVAL` if the heap would
//    end before it starts or beyond a process's addresses, `E_NOPROMISE` if it would reach the
//    stack's promise or its guard or there would be too many regions, `E_NOMEM`. With an error
//    nothing has changed, but that the heap's last page, if it was shared, may be a copy now.
[[nodiscard]] int64_t move_break(address_space space, intptr_t delta);

#endif
