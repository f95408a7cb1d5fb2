// Only the first table after the kernel's is shared; the others are forgotten.
// fails: tables-shared
// like: tables_not_shared
// why: the child must have all that the parent has
// file: kernel/memory/shared_tables.cc
unsigned share_tables(x86_64_pagetable* from, x86_64_pagetable* to, uintptr_t base, int owner) {
    if (fork_copies) return NPAGETABLEENTRIES;
    unsigned first = base == 0 ? 1 : 0;
    unsigned count = page_at(from).live_entries > first ? 1 : 0;
    for_each_entry(from, 0, count, [&](uint64_t& entry) {
        physical_pageinfo& table = page_at(PTE_ADDR(entry));
        if (&entry == from->entry && first) return 0;
        if (table.pages_owner == 0) table.pages_owner = int8_t(owner);
        table.owner = PO_SHARED;
        ++table.refcount;
        set_entry(to->entry[&entry - from->entry], entry &= ~PTE_W);
        return 0;
    });
    page_changes += count;
    return first;
}
