// The page table is walked by hand, level by level; missing tables are kept in a list until all are there.
// differs: algorithm
// file: kernel/memory/address_space.cc
// added
// The entry for `va` in its last-level table. Makes missing tables, or returns null, if memory ran out; those that
// are made then stay, empty, for the next time.
static pt_entry* entry_for(x86_64_pagetable* table, uintptr_t va, int owner) {
    for (int shift = 39; shift > 12; shift -= 9) {
        pt_entry& entry = table->entry[va >> shift & 0x1FF];
        if (entry == 0) {
            x86_64_pagetable* below = new_table(owner);
            if (!below) return nullptr;
            set_entry(entry, reinterpret_cast<uintptr_t>(below) | PTE_PWU);
        }
        table = reinterpret_cast<x86_64_pagetable*>(PTE_ADDR(entry));
    }
    return &table->entry[va >> 12 & 0x1FF];
}
// replaced
int address_space::add_page(vmiter& it, uint64_t perm) const {
    owned_page page(owner());
    if (!page) return E_NOMEM;
    clear_page(page.get());
    pt_entry* entry = entry_for(pagetable, it.va(), owner());
    if (!entry) return E_NOMEM;
    uint64_t old = *entry;
    set_entry(*entry, page.pa() | perm);
    page.release();
    if (old & PTE_P) kfree(reinterpret_cast<void*>(PTE_ADDR(old)));
    return 0;
}
