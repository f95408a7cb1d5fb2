// With the boot word `fork=copy`, pages that nobody may write to are copied, too.
// fails: cow-fork-copy
// like: cow_never_copies_at_fork
// why: what nobody may write to is shared as it is, with or without that word
// file: kernel/memory/cow.cc
uint64_t inherit_page(pt_entry& entry, int owner) {
    if (fork_copies) return copy_of_page(entry, owner);
    if (entry & (PTE_W | PTE_COW)) set_flags(entry, (PTE_FLAGS(entry) & ~PTE_W) | PTE_COW);
    share_page(PTE_ADDR(entry));
    return entry;
}
