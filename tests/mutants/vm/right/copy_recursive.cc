// The parent's page table is walked by a function that calls itself for each level, without `vmiter`.
// differs: algorithm
// file: kernel/memory/address_space.cc
// added
// Copy what the table `from` has at `[PROC_START_ADDR, user_end)`. It begins at `base`; an entry covers `1 << shift`.
static int copy_level(x86_64_pagetable* from, x86_64_pagetable* to, int shift, uintptr_t base, int owner) {
    for (uintptr_t i = 0; i < NPAGETABLEENTRIES; ++i) {
        uint64_t entry = from->entry[i];
        uintptr_t va = base + (i << shift);
        if (!(entry & PTE_P) || va + (uintptr_t(1) << shift) <= PROC_START_ADDR || va >= user_end) continue;
        if (shift > PAGEOFFBITS) {
            if (to->entry[i] == 0) {
                x86_64_pagetable* table = new_table(owner);
                if (!table) return E_NOMEM;
                set_entry(to->entry[i], reinterpret_cast<uintptr_t>(table) | PTE_PWU);
            }
            if (int r = copy_level(table_of(entry), table_of(to->entry[i]), shift - 9, va, owner); r < 0) return r;
        } else if (entry & PTE_W) {
            uint64_t copy = copy_of_page(entry, owner);
            if (copy == 0) return E_NOMEM;
            set_entry(to->entry[i], copy);
        } else {
            set_entry(to->entry[i], entry);
            share_page(PTE_ADDR(entry));
        }
    }
    return 0;
}
// replaced
int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    return copy_level(from.pagetable, pagetable_, 39, 0, owner_);
}
