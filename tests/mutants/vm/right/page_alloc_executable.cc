// `sys_page_alloc` gives pages that can be executed, as machines did that had no bit to forbid it.
// file: kernel/memory/address_space.cc
int address_space::page_alloc(uintptr_t va) const {
    if (va % PAGESIZE != 0 || !is_own_address(va)) return E_INVAL;
    return add_page(va, PTE_PWU);
}
