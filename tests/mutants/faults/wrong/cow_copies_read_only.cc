// Pages that nobody may write to are copied.
// fails: cow-shared
// like: cow_never
// why: they can be shared for ever
// file: kernel/memory/cow.cc
uint64_t inherit_page(pt_entry& entry, int owner) {
    if (is_zero_page(PTE_ADDR(entry))) return entry;
    if (!(entry & (PTE_W | PTE_COW)) || fork_copies) return copy_of_page(entry, owner);
    set_entry(entry, (entry & ~PTE_W) | PTE_COW);
    share_page(PTE_ADDR(entry));
    return entry;
}
