// Each process has a page table of its own, with all of physical memory open to it in each.
// fails: others-invisible peeking-stops
// why: a process must have only its own pages
// broken: new_address_space::new_address_space
// file: kernel/memory/address_space.cc
new_address_space::new_address_space(int owner)
    : pagetable_(nullptr), owner_(owner) {
    x86_64_pagetable* table = new_table(owner);
    if (!table || map_kernel(table) < 0) return;
    for (uintptr_t pa = PROC_START_ADDR; pa < MEMSIZE_PHYSICAL; pa += PAGESIZE) {
        vmiter(table, pa).map(pa, PTE_PWU);
        if (page_at(pa).owner == PO_FREE) continue;
        ++page_at(pa).refcount;
    }
    pagetable_ = table;
}

int address_space::add_page(vmiter& it, uint64_t perm) const {
    owned_page page(owner());
    if (!page) return E_NOMEM;
    clear_page(page.get());
    void* old = it.pa() != it.va() ? it.kptr() : nullptr;
    if (int r = it.try_map(page.get(), perm); r < 0) return r;
    page.release();
    kfree(old);
    return 0;
}

new_address_space::~new_address_space() {
    if (!pagetable_) return;
    for (vmiter it(pagetable_, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        if (it.pa() != it.va()) it.kfree_page();
    }
    for (ptiter it(pagetable_); !it.done(); it.next()) it.kfree_ptp();
    kfree(pagetable_);
}
