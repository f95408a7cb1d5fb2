// promises.hh - memory that is promised, and comes when it is touched: the heap's and the stack's
//
//    A room: promises.cc is the real one; with promises_none.cc nothing is promised, so the heap's
//    pages come at once, and a stack is one page. The page below a stack's lowest one is a guard.
#ifndef KINGLET_PROMISES_HH
#define KINGLET_PROMISES_HH
#include "memory/address_space.hh"

extern bool heap_is_eager;              // bring a heap's pages at once; always so without this room

// stack_limit()
//    How many bytes a stack may have, the guard not included.
uintptr_t stack_limit();

// give_stack(space)
//    Give a new address space a stack that ends at `user_end`: one page, a promise of more, a
//    guard. Returns 0, or `E_NOMEM`.
[[nodiscard]] int give_stack(address_space space);

// extend_heap(space, start, end)
//    Give the process `[start, end)` (page-aligned, nothing promised there) as a part of its heap.
//    Returns 0, or `E_NOMEM` with nothing changed.
[[nodiscard]] int extend_heap(address_space space, uintptr_t start, uintptr_t end);

// keep_promise(space, promise, it, access)
//    Turn the promise of the page at `it.va()` into memory, for an access (`PFERR_*`) that the
//    promise permits. A read gets the page of zeros, if there is one; everything else a page of the
//    process's own. Counts the fault in `promise`. Returns what was done (`FAULT_ZERO`,
//    `FAULT_HEAP`, `FAULT_STACK`), or `E_NOMEM` with nothing changed.
[[nodiscard]] int keep_promise(const address_space& space, region& promise, vmiter& it,
                               uint64_t access);

#endif
