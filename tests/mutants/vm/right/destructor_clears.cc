// Each page that nobody else has is cleared before it is given back, so that nothing of the process is left.
// file: kernel/memory/address_space.cc
new_address_space::~new_address_space() {
    if (!pagetable_) return;
    for (vmiter it(pagetable_, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        if (page_at(it.pa()).refcount == 1) clear_page(it.kptr());
        it.kfree_page();
    }
    for (ptiter it(pagetable_); !it.done(); it.next()) it.kfree_ptp();
    clear_page(pagetable_);
    kfree(pagetable_);
}
