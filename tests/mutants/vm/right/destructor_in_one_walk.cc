// Pages are given up table by table, when the walk over tables comes to each.
// differs: algorithm
// file: kernel/memory/address_space.cc
new_address_space::~new_address_space() {
    if (!pagetable_) return;
    for (ptiter table(pagetable_); !table.done(); table.next()) {
        if (table.level() == 0) {
            uintptr_t start = table.va() < PROC_START_ADDR ? PROC_START_ADDR : table.va();
            uintptr_t end = table.va() + LARGE_PAGESIZE;
            if (end > user_end) end = user_end;
            for (vmiter it(pagetable_, start); it.va() < end; it += PAGESIZE) {
                if (it.present()) it.kfree_page();
            }
        }
        table.kfree_ptp();
    }
    kfree(pagetable_);
}
