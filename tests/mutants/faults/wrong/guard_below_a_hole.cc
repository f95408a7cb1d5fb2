// Between stack and guard a page belongs to neither.
// fails: guard-told
// why: the guard is the page right below the stack: there an overflow begins
// file: kernel/memory/promises.cc
int give_stack(address_space space) {
    constexpr uint64_t perm = PTE_PWU | PTE_XD;
    uintptr_t start = user_end - stack_limit(), hole = start - PAGESIZE;
    region guard = {hole - PAGESIZE, hole, 0, region_source::nothing, region_label::guard};
    region stack = {start, user_end, perm, region_source::zeros, region_label::stack};
    if (int r = space.regions->add(guard); r < 0) return r;
    if (int r = space.regions->add(stack); r < 0) return r;
    return space.add_page(user_end - PAGESIZE, perm);
}
