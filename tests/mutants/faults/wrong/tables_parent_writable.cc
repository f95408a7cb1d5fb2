// Only the child's entry above a shared table forbids writes.
// fails: tables-shared
// like: tables_not_shared
// why: what the parent writes must not appear in the child
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
        ++table.refcount;
        set_entry(copy.entry(), entry & ~PTE_W);
        ++page_changes;
    }
    return LARGE_PAGESIZE;
}
