// A page that comes to the stack may not be written, though it was promised so: only its first page can.
// fails: stack-grows
// like: stack_one_page
// why: a process must be able to write to its stack
// file: kernel/memory/promises.cc
int give_stack(address_space space) {
    constexpr uint64_t perm = PTE_PWU | PTE_XD;
    uintptr_t start = user_end - stack_limit();
    region guard = {start - PAGESIZE, start, 0, region_source::nothing, region_label::guard};
    if (int r = space.regions->add(guard); r < 0) return r;
    region stack = {start, user_end, perm & ~PTE_W, region_source::zeros, region_label::stack};
    if (int r = space.regions->add(stack); r < 0) return r;
    return space.add_page(user_end - PAGESIZE, perm);
}
