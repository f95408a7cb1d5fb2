// First the old table's pages become copy-on-write, then the entries are copied.
// differs: algorithm
// file: kernel/memory/shared_tables.cc
static int copy_table(pt_entry& entry, int owner) {
    x86_64_pagetable* from = table_of(entry);
    x86_64_pagetable* to = new_table(owner);
    if (!to) return E_NOMEM;
    for (pt_entry& page : from->entry) (void) inherit_entry(page, owner);
    for (unsigned i = 0; i < NPAGETABLEENTRIES; ++i) set_entry(to->entry[i], from->entry[i]);
    leave_table(from, owner);
    set_entry(entry, reinterpret_cast<uintptr_t>(to) | PTE_PWU);
    return 1;
}
