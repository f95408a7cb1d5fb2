// All processes have one and the same last-level table for the addresses from `MEMSIZE_PHYSICAL` on.
// fails: tables-apart
// like: top_level_only
// why: what one maps there, its stack first, the others have too
// file: kernel/memory/address_space.cc
new_address_space::new_address_space(int owner)
    : pagetable_(nullptr), owner_(owner) {
    static uint64_t upper;
    x86_64_pagetable* table = new_table(owner);
    if (!table) return;
    if (map_kernel(table) < 0) {
        kfree(table);
        return;
    }
    pagetable_ = table;
    if (upper == 0) upper = reinterpret_cast<uintptr_t>(new_table(PO_KERNEL)) | PTE_PWU;
    set_entry(*find_entry(table, MEMSIZE_PHYSICAL, 1), upper);
    ++page_at(PTE_ADDR(upper)).refcount;
}
