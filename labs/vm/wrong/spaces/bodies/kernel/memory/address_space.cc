// Wrong: a page table of its own, but all memory is in it, for the process to use.
new_address_space::new_address_space(int owner)
    : pagetable_(nullptr), owner_(owner) {
    x86_64_pagetable* table = new_table(owner);
    if (!table || map_kernel(table) < 0) return;
    for (uintptr_t pa = PROC_START_ADDR; pa < MEMSIZE_PHYSICAL; pa += PAGESIZE) {
        if (vmiter(table, pa).try_map(pa, PTE_PWU) < 0) return;
    }
    pagetable_ = table;
}
