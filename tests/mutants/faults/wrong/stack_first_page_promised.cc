// The stack's first page is a promise like the others.
// fails: stack-begins
// like: stack_begins_without_page
// why: the kernel writes a program's arguments there, before the program runs
// file: kernel/memory/promises.cc
int give_stack(address_space space) {
    constexpr uint64_t perm = PTE_PWU | PTE_XD;
    uintptr_t start = user_end - stack_limit();
    region guard = {start - PAGESIZE, start, 0, region_source::nothing, region_label::guard};
    region stack = {start, user_end, perm, region_source::zeros, region_label::stack};
    if (int r = space.regions->add(guard); r < 0) return r;
    return space.regions->add(stack);
}
