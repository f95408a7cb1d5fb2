// Who copies a shared table still counts as a user of the old one.
// fails: tables-reuse
// like: table_always_copied
// why: the last one who has the table must be able to use it as its own, and when all are gone it must be free
// broken: own_table
// file: kernel/memory/shared_tables.cc
static int copy_table(pt_entry& entry, int owner) {
    x86_64_pagetable* from = table_of(entry);
    x86_64_pagetable* to = new_table(owner);
    if (!to) return E_NOMEM;
    for_each_entry(from, 0, NPAGETABLEENTRIES, [&](pt_entry& page, size_t index) {
        set_entry(to->entry[index], inherit_entry(page, owner));
        return 0;
    });
    set_entry(entry, reinterpret_cast<uintptr_t>(to) | PTE_PWU);
    return 1;
}
