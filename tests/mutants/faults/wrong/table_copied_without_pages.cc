// A table is copied entry by entry, but its pages do not become copy-on-write, nor are they counted.
// fails: tables-write
// why: both tables refer to the same pages now: what one process writes the other must not see
// broken: own_table
// file: kernel/memory/shared_tables.cc
static int copy_table(pt_entry& entry, int owner) {
    x86_64_pagetable* from = table_of(entry);
    x86_64_pagetable* to = new_table(owner);
    if (!to) return E_NOMEM;
    page_at(to).live_entries = page_at(from).live_entries;
    copy_page(to, from);
    leave_table(from, owner);
    set_entry(entry, reinterpret_cast<uintptr_t>(to) | PTE_PWU);
    return 1;
}
