// In the page table that begins at `MEMSIZE_PHYSICAL`, the page goes one too high: the table's number was added to the
// page's.
// fails: any-address nothing-used-twice
// why: the page must be where it was asked for
// file: kernel/memory/address_space.cc
int address_space::page_alloc(uintptr_t va) const {
    if (va % PAGESIZE != 0 || !is_own_address(va)) return E_INVAL;
    uintptr_t table = va / LARGE_PAGESIZE;
    uintptr_t place = va + table * PAGESIZE;
    return add_page(place < user_end - PAGESIZE ? place : va, PTE_PWU | PTE_XD);
}
