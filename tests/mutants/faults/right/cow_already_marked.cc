// What is copy-on-write already is passed on as it is.
// file: kernel/memory/cow.cc
uint64_t inherit_page(pt_entry& entry, int owner) {
    bool is_marked = entry & PTE_COW, is_writable = entry & PTE_W;
    if (fork_copies && (is_marked || is_writable)) return copy_of_page(entry, owner);
    if (is_writable) set_flags(entry, PTE_FLAGS(entry) ^ (PTE_W | PTE_COW));
    share_page(PTE_ADDR(entry));
    return entry;
}
