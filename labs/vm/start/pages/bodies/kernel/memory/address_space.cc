// STEP pages: so far the page at `va` is the physical page of the same address, or none.
int address_space::add_page(uintptr_t va, uint64_t perm) const {
    if (va >= MEMSIZE_PHYSICAL || page_at(va).refcount != 0) return E_NOMEM;
    if (int r = vmiter(pagetable, va).try_map(va, perm); r < 0) return r;
    clear_page(take_page(PAGENUMBER(va), owner()));
    return 0;
}
