// `sys_page_alloc` refuses the last page of a process's addresses.
// state: pages
// fails: any-address
// why: the page at `MEMSIZE_VIRTUAL - PAGESIZE` is the process's too
// file: kernel/memory/address_space.cc
int address_space::page_alloc(uintptr_t va) const {
    if (va % PAGESIZE != 0 || va < PROC_START_ADDR || va >= user_end - PAGESIZE) return E_INVAL;
    return add_page(va, PTE_PWU | PTE_XD);
}
