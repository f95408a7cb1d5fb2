// If there is memory for the top-level page but not for the tables below it, the top-level page is lost.
// fails: short-fork-gives-back
// why: an operation that fails must give back what it took
// file: kernel/memory/address_space.cc
new_address_space::new_address_space(int owner)
    : pagetable_(nullptr), owner_(owner) {
    x86_64_pagetable* table = new_table(owner);
    if (!table || map_kernel(table) < 0) return;
    pagetable_ = table;
}
