// absent: copy_table

// Wrong: the table may be written through, but the others still use it.
int own_table(x86_64_pagetable* pagetable, uintptr_t va) {
    pt_entry* entry = find_entry(pagetable, va, 1);
    if (!entry || *entry == 0 || (*entry & PTE_W)) return 0;
    set_flags(*entry, PTE_FLAGS(*entry) | PTE_W);
    return 1;
}
