// Only the top-level page is the process's own: its entry leads to the tables of the first process, for all of them.
// fails: tables-apart
// why: all four levels must be the process's own, or what one maps the others see
// file: kernel/memory/address_space.cc
new_address_space::new_address_space(int owner)
    : pagetable_(nullptr), owner_(owner) {
    static uint64_t first;
    x86_64_pagetable* table = new_table(owner);
    if (!table) return;
    if (first == 0) {
        if (map_kernel(table) < 0) return;
        first = table->entry[0];
    }
    set_entry(table->entry[0], first);
    pagetable_ = table;
}
