// The last one who has a table copies it, too, and the old one is lost.
// fails: tables-reuse
// why: a table that nobody else uses can be used as it is, and must not be lost
// file: kernel/memory/shared_tables.cc
int own_table(x86_64_pagetable* pagetable, uintptr_t va) {
    pt_entry* entry = find_entry(pagetable, va, 1);
    if (!entry || *entry == 0 || (*entry & PTE_W)) return 0;
    return copy_table(*entry, page_at(pagetable).owner);
}
