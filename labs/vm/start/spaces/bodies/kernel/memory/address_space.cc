// STEP spaces: so far there is one page table, which all processes share: the kernel's part, and above it all other
// memory at identity.
new_address_space::new_address_space(int owner)
    : pagetable_(nullptr), owner_(owner) {
    static x86_64_pagetable* shared;
    if (!shared) {
        shared = new_table(PO_KERNEL);
        if (!shared || map_kernel(shared) < 0) panic("no memory for a page table");
        for (uintptr_t pa = PROC_START_ADDR; pa < MEMSIZE_PHYSICAL; pa += PAGESIZE) {
            vmiter(shared, pa).map(pa, PTE_PWU);
        }
    }
    pagetable_ = shared;
}
