// A new page table begins as a copy of the first process's, with that one's pages, for reading.
// fails: others-invisible
// why: a process must not even read another's memory
// broken: new_address_space::new_address_space
// file: kernel/memory/address_space.cc
new_address_space::new_address_space(int owner)
    : pagetable_(nullptr), owner_(owner) {
    static x86_64_pagetable* first;
    x86_64_pagetable* table = new_table(owner);
    if (!table) return;
    if (map_kernel(table) < 0) {
        kfree(table);
        return;
    }
    pagetable_ = table;
    if (!first) {
        first = table;
        return;
    }
    for (vmiter it(first, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        if (vmiter(table, it.va()).try_map(it.pa(), PTE_PU) == 0) share_page(it.pa());
    }
}
