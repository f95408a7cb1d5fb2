// The address is checked by a single comparison of page numbers.
// file: kernel/memory/address_space.cc
int address_space::page_alloc(uintptr_t va) const {
    uintptr_t offset = va - PROC_START_ADDR;
    bool is_page = (offset & PAGEOFFMASK) == 0;
    return is_page && offset < user_end - PROC_START_ADDR ? add_page(va, PTE_PWU | PTE_XD) : int(E_INVAL);
}
