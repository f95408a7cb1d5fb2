// `sys_page_alloc` takes any address.
// fails: page-alloc-unaligned page-alloc-kernel page-alloc-beyond page-alloc-overflow
// why: addresses that are not the process's must be refused
// file: kernel/memory/address_space.cc
int address_space::page_alloc(uintptr_t va) const {
    return add_page(va, PTE_PWU | PTE_XD);
}
