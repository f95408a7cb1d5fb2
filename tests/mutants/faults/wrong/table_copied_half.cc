// Only the first half of a shared table is copied.
// fails: tables-end
// why: who copies a table must have all its pages afterwards
// broken: own_table
// file: kernel/memory/shared_tables.cc
static int copy_table(uint64_t& entry, x86_64_pagetable* from, int owner) {
    x86_64_pagetable* to = new_table(owner);
    if (!to) return E_NOMEM;
    for (unsigned i = 0; i < NPAGETABLEENTRIES / 2; ++i) {
        if (from->entry[i] != 0) set_entry(to->entry[i], inherit_page(from->entry[i], owner));
    }
    leave_table(from, owner);
    entry = reinterpret_cast<uintptr_t>(to) | PTE_PWU;
    return 1;
}
