// The stack's promise has the label of the heap's.
// fails: stack-counts
// like: stack_called_heap
// broken: give_stack
// why: the label says what it is to the process
// file: kernel/memory/promises.cc
int give_stack(address_space space) {
    constexpr uint64_t perm = PTE_PWU | PTE_XD;
    uintptr_t start = user_end - stack_limit();
    region guard = {start - PAGESIZE, start, 0, region_source::nothing, region_label::guard};
    region stack = {start, user_end, perm, region_source::zeros, region_label::heap};
    if (int r = space.regions->add(guard); r < 0) return r;
    if (int r = space.regions->add(stack); r < 0) return r;
    return space.add_page(user_end - PAGESIZE, perm);
}
