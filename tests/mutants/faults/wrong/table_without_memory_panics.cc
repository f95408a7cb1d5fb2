// When no memory is left for a copy of a table, the kernel panics.
// fails: tables-end
// like: table_copied_half
// why: the process that cannot go on is stopped or told; the kernel and the others go on
// broken: own_table
// file: kernel/memory/shared_tables.cc
static int copy_table(pt_entry& entry, int owner) {
    x86_64_pagetable* from = table_of(entry);
    x86_64_pagetable* to = new_table(owner);
    if (!to) panic("no memory for a page table");
    for_each_entry(from, 0, NPAGETABLEENTRIES, [&](pt_entry& page, size_t index) {
        set_entry(to->entry[index], inherit_entry(page, owner));
        return 0;
    });
    leave_table(from, owner);
    set_entry(entry, reinterpret_cast<uintptr_t>(to) | PTE_PWU);
    return 1;
}
