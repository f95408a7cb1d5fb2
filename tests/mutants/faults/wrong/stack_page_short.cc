// The stack's lowest page is the guard: the limit counts it.
// fails: guard-heap
// like: guard_mapped
// why: the stack has 16 pages, and the guard lies below them
// file: kernel/memory/promises.cc
int give_stack(address_space space) {
    constexpr uint64_t perm = PTE_PWU | PTE_XD;
    uintptr_t start = user_end - stack_limit();
    region guard = {start, start + PAGESIZE, 0, region_source::nothing, region_label::guard};
    if (int r = space.regions->add(guard); r < 0) return r;
    region stack = {start + PAGESIZE, user_end, perm, region_source::zeros, region_label::stack};
    if (int r = space.regions->add(stack); r < 0) return r;
    return space.add_page(user_end - PAGESIZE, perm);
}
