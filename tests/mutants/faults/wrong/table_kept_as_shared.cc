// The last one who has a table can write below it again, and it still counts as shared.
// fails: tables-counts
// why: a table that one process has alone belongs to that process
// file: kernel/memory/shared_tables.cc
int own_table(x86_64_pagetable* pagetable, uintptr_t va) {
    pt_entry* entry = find_entry(pagetable, va, 1);
    if (!entry || *entry == 0 || (*entry & PTE_W)) return 0;
    int owner = page_at(pagetable).owner;
    if (page_at(table_of(*entry)).refcount > 1) return copy_table(*entry, owner);
    set_flags(*entry, PTE_FLAGS(*entry) | PTE_W);
    return 1;
}
