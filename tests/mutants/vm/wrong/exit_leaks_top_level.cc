// The top-level page of the page table is forgotten.
// fails: exit-frees-top
// why: all of the page table must be given back
// file: kernel/memory/address_space.cc
new_address_space::~new_address_space() {
    if (!pagetable_) return;
    for (vmiter it(pagetable_, PROC_START_ADDR); it.find_mapped(user_end); it.next()) it.kfree_page();
    for (ptiter it(pagetable_); !it.done(); it.next()) it.kfree_ptp();
}
