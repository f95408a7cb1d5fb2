// All pages of the stack are there from the beginning.
// fails: stack-grows
// like: stack_one_page
// why: a page of the stack must come only when it is touched
// file: kernel/memory/promises.cc
int give_stack(address_space space) {
    constexpr uint64_t perm = PTE_PWU | PTE_XD;
    uintptr_t start = user_end - stack_limit();
    region guard = {start - PAGESIZE, start, 0, region_source::nothing, region_label::guard};
    if (int r = space.regions->add(guard); r < 0) return r;
    region stack = {start, user_end, perm, region_source::zeros, region_label::stack};
    if (int r = space.regions->add(stack); r < 0) return r;
    return space.add_pages(start, user_end, perm);
}
