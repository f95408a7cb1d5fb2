// Pages above `MEMSIZE_PHYSICAL`, the stack's among them, are not given back.
// fails: exit-frees-pages short-fork-gives-back
// why: a process's addresses go on to `MEMSIZE_VIRTUAL`
// file: kernel/memory/address_space.cc
new_address_space::~new_address_space() {
    if (!pagetable_) return;
    for (vmiter it(pagetable_, PROC_START_ADDR); it.find_mapped(MEMSIZE_PHYSICAL); it.next()) it.kfree_page();
    for (ptiter it(pagetable_); !it.done(); it.next()) it.kfree_ptp();
    kfree(pagetable_);
}
