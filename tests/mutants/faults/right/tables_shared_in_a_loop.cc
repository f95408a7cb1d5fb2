// All 512 entries are looked at, one after the other.
// file: kernel/memory/shared_tables.cc
unsigned share_tables(x86_64_pagetable* from, x86_64_pagetable* to, uintptr_t base, int owner) {
    if (fork_copies) return NPAGETABLEENTRIES;
    unsigned first = base == 0 ? 1 : 0;
    for (unsigned i = first; i < NPAGETABLEENTRIES; ++i) {
        uint64_t& entry = from->entry[i];
        if (entry == 0) continue;
        physical_pageinfo& table = page_at(PTE_ADDR(entry));
        if (table.pages_owner == 0) table.pages_owner = int8_t(owner);
        table.owner = PO_SHARED;
        table.refcount += 1;
        entry &= ~PTE_W;
        set_entry(to->entry[i], entry);
        ++page_changes;
    }
    return first;
}
