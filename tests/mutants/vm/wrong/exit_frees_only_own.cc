// Only pages that belong to the process are given back, not its references to shared ones.
// fails: shared-freed
// why: a shared page must become free when the last process that has it is gone
// file: kernel/memory/address_space.cc
new_address_space::~new_address_space() {
    if (!pagetable_) return;
    for (vmiter it(pagetable_, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        if (page_at(it.pa()).owner == owner_) it.kfree_page();
    }
    for (ptiter it(pagetable_); !it.done(); it.next()) it.kfree_ptp();
    kfree(pagetable_);
}
