// Page tables belong to the kernel, not to the process.
// file: kernel/memory/address_space.cc
new_address_space::new_address_space(int owner)
    : pagetable_(nullptr), owner_(owner) {
    x86_64_pagetable* table = new_table(owner);
    if (table && map_kernel(table) == 0) pagetable_ = table;
    else if (table) kfree(table);
}
