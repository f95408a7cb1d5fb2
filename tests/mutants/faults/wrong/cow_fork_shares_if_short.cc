// With the boot word `fork=copy`, a page for whose copy there is no memory is shared, writable.
// fails: cow-fork-copy
// like: cow_never_copies_at_fork
// why: a fork that has no memory fails; it must not begin a child with half of what it needs
// file: kernel/memory/cow.cc
uint64_t inherit_page(pt_entry& entry, int owner) {
    bool may_write = entry & (PTE_W | PTE_COW);
    if (may_write && fork_copies) {
        uint64_t copy = copy_of_page(entry, owner);
        if (copy != 0) return copy;
    } else if (may_write) {
        set_flags(entry, (PTE_FLAGS(entry) & ~PTE_W) | PTE_COW);
    }
    share_page(PTE_ADDR(entry));
    return entry;
}
