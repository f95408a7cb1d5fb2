// `sys_page_alloc` checks only that the address is not too high.
// fails: page-alloc-kernel
// why: an address below `PROC_START_ADDR` is the kernel's, and must be refused
// file: kernel/memory/address_space.cc
int address_space::page_alloc(uintptr_t va) const {
    if (va % PAGESIZE != 0 || va >= user_end) return E_INVAL;
    return add_page(va, PTE_PWU | PTE_XD);
}
