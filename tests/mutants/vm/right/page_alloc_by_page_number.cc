// The address is judged by its page number and its offset.
// file: kernel/memory/address_space.cc
int address_space::page_alloc(uintptr_t va) const {
    uintptr_t number = va >> PAGEOFFBITS, offset = va & (PAGESIZE - 1);
    bool is_below = number < PROC_START_ADDR >> PAGEOFFBITS;
    bool is_beyond = number >= user_end >> PAGEOFFBITS;
    if (offset != 0 || is_below || is_beyond) return E_INVAL;
    return add_page(va, PTE_P | PTE_W | PTE_U | PTE_XD);
}
