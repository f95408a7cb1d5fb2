// Only pages that can be written right now become copy-on-write: those that are so already are passed on read-only.
// fails: cow-copy
// why: a child's child must be able to write, too
// file: kernel/memory/cow.cc
uint64_t inherit_page(pt_entry& entry, int owner) {
    if (is_zero_page(PTE_ADDR(entry))) return entry;
    if (entry & PTE_W) {
        if (fork_copies) return copy_of_page(entry, owner);
        set_entry(entry, (entry & ~PTE_W) | PTE_COW);
        share_page(PTE_ADDR(entry));
        return entry;
    }
    share_page(PTE_ADDR(entry));
    return entry & ~PTE_COW;
}
