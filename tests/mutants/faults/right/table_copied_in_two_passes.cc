// First the old table's pages become copy-on-write, then the entries are copied.
// differs: algorithm
// file: kernel/memory/shared_tables.cc
static int copy_table(uint64_t& entry, x86_64_pagetable* from, int owner) {
    x86_64_pagetable* to = new_table(owner);
    if (!to) return E_NOMEM;
    for (uint64_t& page : from->entry) {
        if (page != 0) (void) inherit_page(page, owner);
    }
    for (unsigned i = 0; i < NPAGETABLEENTRIES; ++i) set_entry(to->entry[i], from->entry[i]);
    leave_table(from, owner);
    entry = reinterpret_cast<uintptr_t>(to) | PTE_PWU;
    return 1;
}
