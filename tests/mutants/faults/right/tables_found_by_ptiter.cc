// The tables to share are found by `ptiter`, which goes from table to table.
// differs: algorithm
// file: kernel/memory/shared_tables.cc
// absent: share_some
int64_t share_tables(address_space from, x86_64_pagetable* to) {
    if (fork_copies) return int64_t(user_end);
    for (ptiter it(from.pagetable, LARGE_PAGESIZE, user_end); !it.done(); it.next()) {
        if (it.level() != 0 || it.va() < LARGE_PAGESIZE) continue;
        vmiter copy(to, it.va());
        if (copy.reach_level(1) < 0) return E_NOMEM;
        pt_entry& entry = *find_entry(from.pagetable, it.va(), 1);
        add_sharer(entry, from.owner());
        set_entry(copy.entry(), entry);
    }
    return LARGE_PAGESIZE;
}
