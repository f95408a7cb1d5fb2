// The top-level page is mapped for the process itself, so that programs can look at page tables.
// fails: tables-protected
// why: who can write to a page table can map all memory
// file: kernel/memory/address_space.cc
new_address_space::new_address_space(int owner)
    : pagetable_(nullptr), owner_(owner) {
    x86_64_pagetable* table = new_table(owner);
    if (!table) return;
    if (map_kernel(table) < 0) {
        kfree(table);
        return;
    }
    pagetable_ = table;
    if (vmiter(table, user_end - 0x80000).try_map(table, PTE_PWU | PTE_XD) == 0) ++page_at(table).refcount;
}

new_address_space::~new_address_space() {
    if (!pagetable_) return;
    for (vmiter it(pagetable_, PROC_START_ADDR); it.find_mapped(user_end); it.next()) it.kfree_page();
    for (ptiter it(pagetable_); !it.done(); it.next()) it.kfree_ptp();
    kfree(pagetable_);
}
