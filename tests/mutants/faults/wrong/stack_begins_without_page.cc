// Nobody looks whether there was memory for the stack's first page.
// fails: stack-begins
// why: a process that is begun has its stack, or is not begun
// file: kernel/memory/promises.cc
int give_stack(address_space space) {
    constexpr uint64_t perm = PTE_PWU | PTE_XD;
    uintptr_t start = user_end - stack_limit();
    region guard = {start - PAGESIZE, start, 0, region_source::nothing, region_label::guard};
    region stack = {start, user_end, perm, region_source::zeros, region_label::stack};
    if (int r = space.regions->add(guard); r < 0) return r;
    if (int r = space.regions->add(stack); r < 0) return r;
    (void) space.add_page(user_end - PAGESIZE, perm);
    return 0;
}
