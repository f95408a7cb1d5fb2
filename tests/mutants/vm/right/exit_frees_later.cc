// The memory of a process that has ended is given back when the next one ends, or is made, or a page is asked for.
// differs: algorithm
// file: kernel/memory/address_space.cc
// added
static x86_64_pagetable* waiting;                   // the page table of a process that has ended
static void free_waiting() {
    x86_64_pagetable* table = waiting;
    waiting = nullptr;
    if (!table) return;
    for (vmiter it(table, PROC_START_ADDR); it.find_mapped(user_end); it.next()) it.kfree_page();
    for (ptiter it(table); !it.done(); it.next()) it.kfree_ptp();
    kfree(table);
}
// replaced
new_address_space::new_address_space(int owner)
    : pagetable_(nullptr), owner_(owner) {
    free_waiting();
    x86_64_pagetable* table = new_table(owner);
    if (!table) return;
    if (map_kernel(table) < 0) kfree(table);
    else pagetable_ = table;
}

int address_space::add_page(vmiter& it, uint64_t perm) const {
    free_waiting();
    owned_page page(owner());
    if (!page) return E_NOMEM;
    clear_page(page.get());
    void* old = it.kptr();
    if (int r = it.try_map(page.get(), perm); r < 0) return r;
    page.release();
    kfree(old);
    return 0;
}

new_address_space::~new_address_space() {
    free_waiting();
    waiting = pagetable_;
}
