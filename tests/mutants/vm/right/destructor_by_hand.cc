// Pages and tables are given back by a function that calls itself for each level.
// differs: algorithm
// file: kernel/memory/address_space.cc
// added
// Give up the table that begins at `base`, whose entries cover `1 << shift` bytes each, and what is below.
static void free_level(x86_64_pagetable* table, int shift, uintptr_t base) {
    for (uintptr_t i = 0; i < NPAGETABLEENTRIES; ++i) {
        uint64_t entry = table->entry[i];
        uintptr_t va = base + (i << shift);
        if (!(entry & PTE_P)) continue;
        if (shift > PAGEOFFBITS) free_level(table_of(entry), shift - 9, va);
        else if (va >= PROC_START_ADDR) kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
    }
    kfree(table);
}
// replaced
new_address_space::~new_address_space() {
    if (pagetable_) free_level(pagetable_, 39, 0);
}
