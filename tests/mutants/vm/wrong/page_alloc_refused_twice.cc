// An address that is refused is asked for first, and the page is given up afterwards: below the
// process's own addresses that takes away a page of the kernel's.
// fails: page-alloc-kernel
// like: page_alloc_kernel
// why: what fails changes nothing
// file: kernel/memory/address_space.cc
int address_space::page_alloc(uintptr_t va) const {
    if (va % PAGESIZE != 0 || va >= user_end) return E_INVAL;
    int r = add_page(va, PTE_PWU | PTE_XD);
    if (r < 0 || is_own_address(va)) return r;
    vmiter(pagetable, va).kfree_page();
    return E_INVAL;
}
