// Of the page table, only the top-level page is given back.
// fails: exit-frees-tables
// why: all levels of the page table must be given back
// file: kernel/memory/address_space.cc
new_address_space::~new_address_space() {
    if (!pagetable_) return;
    for (vmiter it(pagetable_, PROC_START_ADDR); it.find_mapped(user_end); it.next()) it.kfree_page();
    kfree(pagetable_);
}
