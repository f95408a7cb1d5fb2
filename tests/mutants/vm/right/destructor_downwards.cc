// Pages are given back from the highest address to the lowest, then the tables, one level after the other.
// file: kernel/memory/address_space.cc
new_address_space::~new_address_space() {
    if (!pagetable_) return;
    for (uintptr_t va = user_end - PAGESIZE; va >= PROC_START_ADDR; va -= PAGESIZE) {
        vmiter it(pagetable_, va);
        if (it.present()) it.kfree_page();
    }
    for (int level = 0; level < 3; ++level) {
        for (ptiter it(pagetable_); !it.done(); it.next()) {
            if (it.level() == level) it.kfree_ptp();
        }
    }
    kfree(pagetable_);
}
