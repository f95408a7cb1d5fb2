// Wrong: all of the stack is there from the start.
int give_stack(address_space space) {
    uintptr_t start = user_end - stack_limit();
    region guard = {start - PAGESIZE, start, 0, region_source::nothing, region_label::guard};
    if (int r = space.regions->add(guard); r < 0) return r;
    return space.add_pages(start, user_end, PTE_PWU | PTE_XD);
}
