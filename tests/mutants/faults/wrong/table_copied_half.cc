// Only the first half of a shared table is copied.
// fails: tables-end
// why: who copies a table must have all its pages afterwards
// broken: own_table
// file: kernel/memory/shared_tables.cc
static int copy_table(pt_entry& entry, int owner) {
    x86_64_pagetable* from = table_of(entry);
    x86_64_pagetable* to = new_table(owner);
    if (!to) return E_NOMEM;
    for (unsigned i = 0; i < NPAGETABLEENTRIES / 2; ++i) {
        if (from->entry[i] != 0) set_entry(to->entry[i], inherit_entry(from->entry[i], owner));
    }
    leave_table(from, owner);
    set_entry(entry, reinterpret_cast<uintptr_t>(to) | PTE_PWU);
    return 1;
}
