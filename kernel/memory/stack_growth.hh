// stack_growth.hh - a stack that grows by being touched
//
//    A room: stack_growth.cc is the real one; with stack_growth_none.cc, a stack is one page. The page below a
//    stack's lowest one is a guard.
#ifndef KINGLET_STACK_GROWTH_HH
#define KINGLET_STACK_GROWTH_HH
#include "memory/address_space.hh"

// stack_limit()
//    How many bytes a stack may have, the guard not included.
uintptr_t stack_limit();

// give_stack(space)
//    Give a new address space a stack that ends at `user_end`: one page, a promise of more, a guard. Returns 0, or
//    `E_NOMEM`.
[[nodiscard]] int give_stack(address_space space);

#endif
