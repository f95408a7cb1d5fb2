// Promises are made in a copy of the process's list, which takes its place when all else has worked.
// file: kernel/memory/promises.cc
int give_stack(address_space space) {
    uint64_t perm = PTE_P | PTE_W | PTE_U | PTE_XD;
    uintptr_t limit = user_end - stack_limit();
    region_list all = *space.regions;
    int r = all.add({limit, user_end, perm, region_source::zeros, region_label::stack});
    if (r == 0) {
        r = all.add({limit - PAGESIZE, limit, 0, region_source::nothing, region_label::guard});
    }
    if (r == 0) r = space.add_page(user_end - PAGESIZE, perm);
    if (r == 0) *space.regions = all;
    return r;
}

int extend_heap(address_space space, uintptr_t start, uintptr_t end) {
    uint64_t perm = PTE_P | PTE_W | PTE_U | PTE_XD;
    if (heap_is_eager) return space.add_pages(start, end, perm);
    region_list all = *space.regions;
    if (all.add({start, end, perm, region_source::zeros, region_label::heap}) < 0) {
        return E_NOPROMISE;
    }
    *space.regions = all;
    return 0;
}
