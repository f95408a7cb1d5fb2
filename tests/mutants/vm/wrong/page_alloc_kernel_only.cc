// `sys_page_alloc` gives pages that only the kernel can use.
// fails: any-address fork-begun
// why: a process asks for a page to use it
// file: kernel/memory/address_space.cc
int address_space::page_alloc(uintptr_t va) const {
    if (va % PAGESIZE != 0 || !is_own_address(va)) return E_INVAL;
    return add_page(va, PTE_PW | PTE_XD);
}
