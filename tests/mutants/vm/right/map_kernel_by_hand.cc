// The kernel's part is written into the tables by hand: their three pages are made here, and entries copied.
// differs: algorithm
// file: kernel/memory/address_space.cc
static int map_kernel(x86_64_pagetable* pagetable) {
    int owner = page_at(pagetable).owner;
    x86_64_pagetable* tables[3];
    for (int i = 0; i < 3; ++i) {
        tables[i] = new_table(owner);
        if (tables[i]) continue;
        while (i-- > 0) kfree(tables[i]);
        return E_NOMEM;
    }
    x86_64_pagetable* above = pagetable;
    for (x86_64_pagetable* table : tables) {
        set_entry(above->entry[0], reinterpret_cast<uintptr_t>(table) | PTE_PWU);
        above = table;
    }
    for (unsigned i = 0; i < kernel_entries; ++i) set_entry(above->entry[i], kernel_pagetable[3].entry[i]);
    pt_entry& screen = above->entry[PAGENUMBER(CONSOLE_ADDR)];
    set_flags(screen, PTE_FLAGS(screen) | PTE_U);
    return 0;
}
