// The guard page is mapped, too: the stack's lowest page was counted once too often.
// fails: guard-stops
// why: the page below the stack must not be there, or an overflow goes on unseen
// file: kernel/memory/promises.cc
int give_stack(address_space space) {
    constexpr uint64_t perm = PTE_PWU | PTE_XD;
    uintptr_t start = user_end - stack_limit();
    region guard = {start - PAGESIZE, start, 0, region_source::nothing, region_label::guard};
    if (int r = space.regions->add(guard); r < 0) return r;
    region stack = {start, user_end, perm, region_source::zeros, region_label::stack};
    if (int r = space.regions->add(stack); r < 0) return r;
    if (int r = space.add_page(start - PAGESIZE, perm); r < 0) return r;
    return space.add_page(user_end - PAGESIZE, perm);
}
