// `sys_page_alloc` takes the end of a process's addresses for one of them.
// fails: page-alloc-beyond
// why: `MEMSIZE_VIRTUAL` itself is one page too far
// file: kernel/memory/address_space.cc
int address_space::page_alloc(uintptr_t va) const {
    if (va % PAGESIZE != 0 || va < PROC_START_ADDR || va > user_end) return E_INVAL;
    return add_page(va, PTE_PWU | PTE_XD);
}
