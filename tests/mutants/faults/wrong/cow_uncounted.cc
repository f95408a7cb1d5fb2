// The child's reference to the page is not counted.
// fails: null-unmapped
// like: cow_parent_not_protected
// why: the page looks as if only one process had it: whoever writes first writes for both
// file: kernel/memory/cow.cc
uint64_t inherit_page(pt_entry& entry, int owner) {
    if (is_zero_page(PTE_ADDR(entry))) return entry;
    if (entry & (PTE_W | PTE_COW)) {
        if (fork_copies) return copy_of_page(entry, owner);
        set_entry(entry, (entry & ~PTE_W) | PTE_COW);
        return entry;
    }
    share_page(PTE_ADDR(entry));
    return entry;
}
