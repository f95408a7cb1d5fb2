// The last page of the addresses, the stack's, is not given back.
// fails: exit-frees-pages
// why: it is the process's like the others
// file: kernel/memory/address_space.cc
new_address_space::~new_address_space() {
    if (!pagetable_) return;
    for (vmiter it(pagetable_, PROC_START_ADDR); it.find_mapped(user_end - PAGESIZE); it.next()) it.kfree_page();
    for (ptiter it(pagetable_); !it.done(); it.next()) it.kfree_ptp();
    kfree(pagetable_);
}
