// stack_growth.hh - how large a stack is
#ifndef KINGLET_STACK_GROWTH_HH
#define KINGLET_STACK_GROWTH_HH
#include "memory/address_space.hh"

// stack_limit()
//    How many bytes a stack may have.
uintptr_t stack_limit();

#endif
