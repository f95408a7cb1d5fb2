// The parent's entry is protected, the child's is a copy of what it was before.
// fails: cow-protected
// like: cow_parent_not_protected
// why: what the child writes must not appear in the parent
// file: kernel/memory/cow.cc
uint64_t inherit_page(pt_entry& entry, int owner) {
    if (is_zero_page(PTE_ADDR(entry))) return entry;
    uint64_t inherited = entry;
    if (entry & (PTE_W | PTE_COW)) {
        if (fork_copies) return copy_of_page(entry, owner);
        set_entry(entry, (entry & ~PTE_W) | PTE_COW);
    }
    share_page(PTE_ADDR(entry));
    return inherited;
}
