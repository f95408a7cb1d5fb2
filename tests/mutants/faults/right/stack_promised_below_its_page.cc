// The stack's first page is not part of the promise: it is there.
// file: kernel/memory/promises.cc
int give_stack(address_space space) {
    constexpr uint64_t perm = PTE_PWU | PTE_XD;
    uintptr_t start = user_end - stack_limit(), first = user_end - PAGESIZE;
    if (int r = space.regions->add(start - PAGESIZE, start, 0, region_source::guard); r < 0) return r;
    if (int r = space.regions->add(start, first, perm, region_source::stack); r < 0) return r;
    return space.add_page(first, perm);
}
