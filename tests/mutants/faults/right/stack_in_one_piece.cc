// All of the regions are made in a copy of the list, which then takes the place of the old one.
// differs: data structure
// file: kernel/memory/promises.cc
int give_stack(address_space space) {
    region_list regions = *space.regions;
    uintptr_t low = user_end - stack_limit();
    const region parts[] = {
        {low, user_end, PTE_PWU | PTE_XD, region_source::zeros, region_label::stack},
        {low - PAGESIZE, low, 0, region_source::nothing, region_label::guard},
    };
    for (const region& part : parts) {
        if (regions.add(part) < 0) return E_NOMEM;
    }
    if (space.add_page(user_end - PAGESIZE, PTE_PWU | PTE_XD) < 0) return E_NOMEM;
    *space.regions = regions;
    return 0;
}
