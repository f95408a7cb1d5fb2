// Nobody looks whether there was memory for the kernel's part of a new page table.
// fails: short-fork-says-so
// why: without it the processor cannot enter the kernel: the machine resets
// broken: new_address_space
// file: kernel/memory/address_space.cc
new_address_space::new_address_space(int owner)
    : pagetable_(nullptr), owner_(owner) {
    x86_64_pagetable* table = new_table(owner);
    if (!table) return;
    (void) map_kernel(table);
    pagetable_ = table;
}
