// The constructor makes the whole tree of tables for the process's range at once, before anything is mapped.
// file: kernel/memory/address_space.cc
new_address_space::new_address_space(int owner)
    : pagetable_(nullptr), owner_(owner) {
    x86_64_pagetable* table = new_table(owner);
    if (!table) return;
    pagetable_ = table;
    bool is_complete = map_kernel(table) == 0;
    for (uintptr_t va = 0; is_complete && va < user_end; va += LARGE_PAGESIZE) {
        vmiter it(table, va);
        is_complete = it.reach_last_level() == 0;
    }
    if (is_complete) return;
    for (ptiter it(table); !it.done(); it.next()) it.kfree_ptp();
    kfree(table);
    pagetable_ = nullptr;
}
