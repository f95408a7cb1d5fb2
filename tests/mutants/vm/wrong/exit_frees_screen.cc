// All pages that the process may use are given back: the screen's, too.
// fails: freeing-begun
// like: exit_frees_twice
// why: the screen's page is a device's, and was never allocated
// file: kernel/memory/address_space.cc
new_address_space::~new_address_space() {
    if (!pagetable_) return;
    for (vmiter it(pagetable_); it.find_mapped(user_end); it.next()) {
        if (it.user()) it.kfree_page();
    }
    for (ptiter it(pagetable_); !it.done(); it.next()) it.kfree_ptp();
    kfree(pagetable_);
}
