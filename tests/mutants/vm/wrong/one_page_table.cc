// All processes use one page table.
// fails: own-page-tables
// why: each process must have a page table of its own
// file: kernel/memory/address_space.cc
new_address_space::new_address_space(int owner)
    : pagetable_(nullptr), owner_(owner) {
    static x86_64_pagetable* shared;
    if (!shared) {
        shared = new_table(PO_KERNEL);
        if (!shared || map_kernel(shared) < 0) panic("no memory for a page table");
    }
    pagetable_ = shared;
}
