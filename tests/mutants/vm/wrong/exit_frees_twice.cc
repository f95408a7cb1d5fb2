// Each page is given back twice.
// fails: freeing-begun
// why: the second time it may be somebody else's already, or free, and then the kernel panics
// file: kernel/memory/address_space.cc
new_address_space::~new_address_space() {
    if (!pagetable_) return;
    for (vmiter it(pagetable_, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        void* page = it.kptr();
        it.kfree_page();
        kfree(page);
    }
    for (ptiter it(pagetable_); !it.done(); it.next()) it.kfree_ptp();
    kfree(pagetable_);
}
