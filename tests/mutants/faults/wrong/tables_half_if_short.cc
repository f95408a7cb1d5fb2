// Without memory for the child's upper tables, it gets as many shared tables as there is room for.
// fails: tables-begin
// why: a fork that has no memory fails; it must not begin a child with half of what it needs
// file: kernel/memory/shared_tables.cc
// absent: add_sharer
// absent: share_some
int64_t share_tables(address_space from, x86_64_pagetable* to) {
    if (fork_copies) return int64_t(user_end);
    vmiter it(from.pagetable, LARGE_PAGESIZE);
    for (; it.find_live(user_end); it.find(round_down(it.va(), LARGE_PAGESIZE) + LARGE_PAGESIZE)) {
        vmiter copy(to, it.va());
        if (copy.reach_level(1) < 0) break;
        pt_entry& entry = *find_entry(from.pagetable, it.va(), 1);
        physical_pageinfo& table = page_at(PTE_ADDR(entry));
        if (entry & PTE_W) table.pages_owner = int8_t(from.owner());
        table.owner = PO_SHARED;
        ++table.refcount;
        set_flags(entry, PTE_FLAGS(entry) & ~PTE_W);
        set_entry(copy.entry(), entry);
        ++page_changes;
    }
    return LARGE_PAGESIZE;
}
