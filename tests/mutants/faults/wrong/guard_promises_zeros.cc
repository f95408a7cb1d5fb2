// The guard promises zeros, which nobody may touch, instead of nothing.
// fails: heap-counts
// like: guard_below_a_hole
// why: a guard's source is `nothing`: the kernel counts the rest as memory that may still come
// file: kernel/memory/promises.cc
int give_stack(address_space space) {
    constexpr uint64_t perm = PTE_PWU | PTE_XD;
    uintptr_t start = user_end - stack_limit();
    region guard = {start - PAGESIZE, start, 0, region_source::zeros, region_label::guard};
    region stack = {start, user_end, perm, region_source::zeros, region_label::stack};
    if (int r = space.regions->add(guard); r < 0) return r;
    if (int r = space.regions->add(stack); r < 0) return r;
    return space.add_page(user_end - PAGESIZE, perm);
}
