// Every page becomes copy-on-write, also those that nobody may write to.
// fails: cow-read-only
// why: a write to code or constants must stop the process, not give it a copy
// file: kernel/memory/cow.cc
uint64_t inherit_page(pt_entry& entry, int owner) {
    if (is_zero_page(PTE_ADDR(entry))) return entry;
    if (fork_copies) return copy_of_page(entry, owner);
    set_entry(entry, (entry & ~PTE_W) | PTE_COW);
    share_page(PTE_ADDR(entry));
    return entry;
}
