// A table is copied entry by entry, but its pages do not become copy-on-write, nor are they counted.
// fails: tables-write
// why: both tables refer to the same pages now: what one process writes the other must not see
// broken: own_table
// file: kernel/memory/shared_tables.cc
static int copy_table(uint64_t& entry, x86_64_pagetable* from, int owner) {
    x86_64_pagetable* to = new_table(owner);
    if (!to) return E_NOMEM;
    page_at(to).live_entries = page_at(from).live_entries;
    memcpy(to, from, PAGESIZE);
    leave_table(from, owner);
    entry = reinterpret_cast<uintptr_t>(to) | PTE_PWU;
    return 1;
}
