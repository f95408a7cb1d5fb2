// The stack is one page, and nothing more is promised.
// fails: stack-grows
// why: a stack must grow by being touched
// file: kernel/memory/promises.cc
int give_stack(address_space space) {
    constexpr uint64_t perm = PTE_PWU | PTE_XD;
    uintptr_t start = user_end - stack_limit();
    region guard = {start - PAGESIZE, start, 0, region_source::nothing, region_label::guard};
    if (int r = space.regions->add(guard); r < 0) return r;
    return space.add_page(user_end - PAGESIZE, perm);
}
