// A process that changes a shared table makes it writable and goes on in it.
// fails: tables-write
// why: what one maps or writes there the others must not see
// file: kernel/memory/shared_tables.cc
// absent: copy_table
int own_table(x86_64_pagetable* pagetable, uintptr_t va) {
    pt_entry* entry = find_entry(pagetable, va, 1);
    if (!entry || *entry == 0 || (*entry & PTE_W)) return 0;
    set_flags(*entry, PTE_FLAGS(*entry) | PTE_W);
    return 1;
}
