// Only the first page table's kernel part is made by `map_kernel`; the others copy the entries of its last-level table.
// differs: algorithm
// file: kernel/memory/address_space.cc
new_address_space::new_address_space(int owner)
    : pagetable_(nullptr), owner_(owner) {
    static uint64_t entries[kernel_entries];
    x86_64_pagetable* table = new_table(owner);
    if (!table) return;
    vmiter first(table, 0);
    int r = entries[1] == 0 ? map_kernel(table) : first.reach_last_level();
    if (r < 0) {
        kfree(table);
        return;
    }
    pagetable_ = table;
    pt_entry* leaf = find_entry(table, 0, 0);
    bool is_first = entries[1] == 0;
    for (unsigned i = 0; i < kernel_entries; ++i) {
        if (is_first) entries[i] = leaf[i];
        else set_entry(leaf[i], entries[i]);
    }
}
