// The last one who has a table copies it, too, and gives the old one back.
// differs: algorithm
// file: kernel/memory/shared_tables.cc
int own_table(x86_64_pagetable* pagetable, uintptr_t va) {
    pt_entry* entry = find_entry(pagetable, va, 1);
    if (!entry || *entry == 0 || (*entry & PTE_W)) return 0;
    x86_64_pagetable* table = table_of(*entry);
    int owner = page_at(pagetable).owner;
    if (page_at(table).refcount > 1) return copy_table(*entry, owner);
    x86_64_pagetable* copy = new_table(owner);
    if (!copy) {
        page_at(table).owner = int8_t(owner);
        set_flags(*entry, PTE_FLAGS(*entry) | PTE_W);
        return 1;
    }
    copy_page(copy, table);
    page_at(copy).live_entries = page_at(table).live_entries;
    kfree(table);
    set_entry(*entry, reinterpret_cast<uintptr_t>(copy) | PTE_PWU);
    return 1;
}
