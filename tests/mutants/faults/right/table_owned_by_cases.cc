// Whether there is anything to do is asked step by step, and the sole user is looked for first.
// file: kernel/memory/shared_tables.cc
int own_table(x86_64_pagetable* pagetable, uintptr_t va) {
    pt_entry* entry = find_entry(pagetable, va, 1);
    if (!entry) return 0;
    if (!(*entry & PTE_P)) return 0;
    if (*entry & PTE_W) return 0;
    int owner = page_at(pagetable).owner;
    physical_pageinfo& table = page_at(PTE_ADDR(*entry));
    if (table.refcount == 1) {
        set_flags(*entry, PTE_FLAGS(*entry) | PTE_W);
        table.owner = int8_t(owner);
        return 1;
    }
    return copy_table(*entry, owner);
}
