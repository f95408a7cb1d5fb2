// `sys_page_alloc` does not ask whether its address is a page's.
// fails: page-alloc-unaligned
// why: an address that is not page-aligned must be refused with `E_INVAL`, and the kernel must go on
// file: kernel/memory/address_space.cc
int address_space::page_alloc(uintptr_t va) const {
    if (!is_own_address(va)) return E_INVAL;
    return add_page(va, PTE_PWU | PTE_XD);
}
