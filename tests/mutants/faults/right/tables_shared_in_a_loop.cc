// Each table is found anew, from the top, without a look at its neighbours.
// file: kernel/memory/shared_tables.cc
// absent: add_sharer
// absent: share_some
int64_t share_tables(address_space from, x86_64_pagetable* to) {
    if (fork_copies) return int64_t(user_end);
    vmiter it(from.pagetable, LARGE_PAGESIZE);
    for (; it.find_live(user_end); it.find(round_down(it.va(), LARGE_PAGESIZE) + LARGE_PAGESIZE)) {
        vmiter copy(to, it.va());
        if (copy.reach_level(1) < 0) return E_NOMEM;
        pt_entry& entry = *find_entry(from.pagetable, it.va(), 1);
        physical_pageinfo& table = page_at(PTE_ADDR(entry));
        if (table.pages_owner == 0) table.pages_owner = int8_t(from.owner());
        table.owner = PO_SHARED;
        table.refcount += 1;
        set_flags(entry, PTE_FLAGS(entry) & ~PTE_W);
        set_entry(copy.entry(), entry);
        ++page_changes;
    }
    return LARGE_PAGESIZE;
}
