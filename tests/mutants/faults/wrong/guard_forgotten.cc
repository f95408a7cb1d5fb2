// There is no guard below the stack, so the heap may grow right up to it.
// fails: guard-heap
// like: guard_mapped
// why: the page below the stack must stay free for ever: `sys_sbrk` must not promise it
// file: kernel/memory/promises.cc
int give_stack(address_space space) {
    constexpr uint64_t perm = PTE_PWU | PTE_XD;
    region stack = {user_end - stack_limit(), user_end, perm, region_source::zeros, region_label::stack};
    if (int r = space.regions->add(stack); r < 0) return r;
    return space.add_page(user_end - PAGESIZE, perm);
}
