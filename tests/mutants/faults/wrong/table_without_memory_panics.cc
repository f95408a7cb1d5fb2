// When no memory is left for a copy of a table, the kernel panics.
// fails: tables-end
// like: table_copied_half
// why: the process that cannot go on is stopped or told; the kernel and the others go on
// broken: own_table
// file: kernel/memory/shared_tables.cc
static int copy_table(uint64_t& entry, x86_64_pagetable* from, int owner) {
    x86_64_pagetable* to = new_table(owner);
    if (!to) panic("no memory for a page table");
    page_at(to).live_entries = page_at(from).live_entries;
    for_each_entry(from, 0, page_at(from).live_entries, [&](uint64_t& page) {
        to->entry[&page - from->entry] = inherit_page(page, owner);
        return 0;
    });
    leave_table(from, owner);
    entry = reinterpret_cast<uintptr_t>(to) | PTE_PWU;
    return 1;
}
