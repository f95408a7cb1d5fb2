// The child's entry is protected, the parent's is not.
// fails: cow-protected
// why: what the parent writes after the fork must not appear in the child
// file: kernel/memory/cow.cc
uint64_t inherit_page(pt_entry& entry, int owner) {
    if (is_zero_page(PTE_ADDR(entry))) return entry;
    uint64_t inherited = entry;
    if (entry & (PTE_W | PTE_COW)) {
        if (fork_copies) return copy_of_page(entry, owner);
        inherited = (entry & ~PTE_W) | PTE_COW;
    }
    share_page(PTE_ADDR(entry));
    return inherited;
}
