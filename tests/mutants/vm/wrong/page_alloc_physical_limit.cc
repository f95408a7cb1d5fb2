// `sys_page_alloc` takes the size of physical memory for the end of a process's addresses.
// fails: any-address four-fill-memory
// why: a process's addresses end at `MEMSIZE_VIRTUAL`, beyond physical memory
// file: kernel/memory/address_space.cc
int address_space::page_alloc(uintptr_t va) const {
    if (va % PAGESIZE != 0 || va < PROC_START_ADDR || va >= MEMSIZE_PHYSICAL) return E_INVAL;
    return add_page(va, PTE_PWU | PTE_XD);
}
