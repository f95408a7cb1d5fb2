// The stack is executable.
// fails: stack-grows
// like: stack_eager
// why: data must not be executable
// file: kernel/memory/promises.cc
int give_stack(address_space space) {
    constexpr uint64_t perm = PTE_PWU;
    uintptr_t start = user_end - stack_limit();
    region guard = {start - PAGESIZE, start, 0, region_source::nothing, region_label::guard};
    if (int r = space.regions->add(guard); r < 0) return r;
    region stack = {start, user_end, perm, region_source::zeros, region_label::stack};
    if (int r = space.regions->add(stack); r < 0) return r;
    return space.add_page(user_end - PAGESIZE, perm);
}
