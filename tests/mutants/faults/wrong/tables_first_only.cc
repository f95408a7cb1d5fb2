// Only the first table after the kernel's is shared; the others are forgotten.
// fails: tables-shared
// like: tables_not_shared
// why: the child must have all that the parent has
// file: kernel/memory/shared_tables.cc
// absent: share_some
int64_t share_tables(address_space from, x86_64_pagetable* to) {
    if (fork_copies) return int64_t(user_end);
    vmiter it(from.pagetable, LARGE_PAGESIZE);
    if (it.find_live(user_end)) {
        vmiter copy(to, it.va());
        if (copy.reach_level(1) < 0) return E_NOMEM;
        pt_entry& entry = *find_entry(from.pagetable, it.va(), 1);
        add_sharer(entry, from.owner());
        set_entry(copy.entry(), entry);
    }
    return LARGE_PAGESIZE;
}
