// Wrong: the page tables stay.
new_address_space::~new_address_space() {
    if (!pagetable_) return;
    for (vmiter it(pagetable_, PROC_START_ADDR); it.find_mapped(user_end); it.next()) it.kfree_page();
}
