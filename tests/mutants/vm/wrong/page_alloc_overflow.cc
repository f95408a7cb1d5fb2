// `sys_page_alloc` compares the page's end, which for the last page of all addresses is 0.
// fails: page-alloc-overflow
// why: the sum wraps around, and the highest addresses pass the comparison
// file: kernel/memory/address_space.cc
int address_space::page_alloc(uintptr_t va) const {
    if (va % PAGESIZE != 0 || va < PROC_START_ADDR || va + PAGESIZE > user_end) return E_INVAL;
    return add_page(va, PTE_PWU | PTE_XD);
}
