// The entry is put together from its parts: page, permissions, and how they change.
// file: kernel/memory/cow.cc
uint64_t inherit_page(pt_entry& entry, int owner) {
    uintptr_t pa = PTE_ADDR(entry);
    if (is_zero_page(pa)) return entry;
    bool may_write = (entry & PTE_W) || (entry & PTE_COW);
    if (may_write && fork_copies) return copy_of_page(entry, owner);
    share_page(pa);
    uint64_t flags = PTE_FLAGS(entry);
    if (may_write) flags = (flags & ~PTE_W) | PTE_COW;
    set_entry(entry, pa | flags);
    return entry;
}
