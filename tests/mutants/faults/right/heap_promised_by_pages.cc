// The heap is promised page by page.
// file: kernel/memory/promises.cc
int extend_heap(address_space space, uintptr_t start, uintptr_t end) {
    if (heap_is_eager) return space.add_pages(start, end, PTE_PWU | PTE_XD);
    region_list promised = *space.regions;
    for (uintptr_t va = start; va < end; va += PAGESIZE) {
        region page = {va, va + PAGESIZE, PTE_PWU | PTE_XD, region_source::zeros, region_label::heap};
        if (promised.add(page) < 0) return E_NOMEM;
    }
    *space.regions = promised;
    return 0;
}
