// The page for the top-level table is used as it comes, without being cleared.
// fails: tables-clean
// why: what was in the page before are entries now, which map memory that is not the process's
// file: kernel/memory/address_space.cc
new_address_space::new_address_space(int owner)
    : pagetable_(nullptr), owner_(owner) {
    auto table = static_cast<x86_64_pagetable*>(kalloc(PAGESIZE, owner));
    if (!table) return;
    page_at(table).is_pagetable = true;
    set_entry(table->entry[0], 0);
    page_at(table).live_entries = 0;
    if (map_kernel(table) < 0) kfree(table);
    else pagetable_ = table;
}
