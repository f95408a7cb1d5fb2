#include "memory/stack_growth.hh"

uintptr_t stack_limit() {
    return PAGESIZE;
}

int give_stack(address_space space) {
    uintptr_t start = user_end - PAGESIZE;
    if (int r = space.regions->add(start - PAGESIZE, start, 0, region_source::guard); r < 0) return r;
    return space.add_page(start, PTE_PWU | PTE_XD);
}
