// A page is taken before the address is looked at, and lost if that is refused.
// fails: refused-keeps-memory
// why: what fails changes nothing
// file: kernel/memory/address_space.cc
int address_space::page_alloc(uintptr_t va) const {
    void* spare = kalloc(PAGESIZE, owner());
    if (va % PAGESIZE != 0 || !is_own_address(va)) return E_INVAL;
    kfree(spare);
    return add_page(va, PTE_PWU | PTE_XD);
}
