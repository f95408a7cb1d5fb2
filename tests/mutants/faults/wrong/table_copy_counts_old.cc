// Who copies a shared table still counts as a user of the old one.
// fails: tables-reuse
// like: table_always_copied
// why: the last one who has the table must be able to use it as its own, and when all are gone it must be free
// broken: own_table
// file: kernel/memory/shared_tables.cc
static int copy_table(uint64_t& entry, x86_64_pagetable* from, int owner) {
    x86_64_pagetable* to = new_table(owner);
    if (!to) return E_NOMEM;
    page_at(to).live_entries = page_at(from).live_entries;
    for_each_entry(from, 0, page_at(from).live_entries, [&](uint64_t& page) {
        to->entry[&page - from->entry] = inherit_page(page, owner);
        return 0;
    });
    entry = reinterpret_cast<uintptr_t>(to) | PTE_PWU;
    return 1;
}
