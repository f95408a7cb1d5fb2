// The page table is given back, but not the pages.
// fails: freeing-begun shared-freed
// why: the process's pages must be given back, too
// file: kernel/memory/address_space.cc
new_address_space::~new_address_space() {
    if (!pagetable_) return;
    for (ptiter it(pagetable_); !it.done(); it.next()) it.kfree_ptp();
    kfree(pagetable_);
}
