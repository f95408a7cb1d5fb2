// The stack's promise may be executed.
// fails: stack-grows
// broken: give_stack
// like: stack_one_page
// why: the stack is data: nobody executes it, whether a page of it is there or only promised
// file: kernel/memory/promises.cc
int give_stack(address_space space) {
    uintptr_t start = user_end - stack_limit();
    region guard = {start - PAGESIZE, start, 0, region_source::nothing, region_label::guard};
    region stack = {start, user_end, PTE_PWU, region_source::zeros, region_label::stack};
    if (int r = space.regions->add(guard); r < 0) return r;
    if (int r = space.regions->add(stack); r < 0) return r;
    return space.add_page(user_end - PAGESIZE, PTE_PWU | PTE_XD);
}
