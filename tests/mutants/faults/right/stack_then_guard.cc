// The stack is promised before its guard.
// file: kernel/memory/promises.cc
int give_stack(address_space space) {
    uintptr_t start = user_end - stack_limit();
    if (int r = space.add_page(user_end - PAGESIZE, PTE_PWU | PTE_XD); r < 0) return r;
    region stack = {start, user_end, PTE_PWU | PTE_XD, region_source::zeros, region_label::stack};
    if (int r = space.regions->add(stack); r < 0) return r;
    region guard = {start - PAGESIZE, start, 0, region_source::nothing, region_label::guard};
    return space.regions->add(guard);
}
