// The boot word `fork=copy` changes nothing.
// fails: cow-fork-copy
// why: with it, `fork` copies pages that may be written, for comparing
// file: kernel/memory/cow.cc
uint64_t inherit_page(pt_entry& entry, int) {
    if (entry & (PTE_W | PTE_COW)) set_flags(entry, (PTE_FLAGS(entry) & ~PTE_W) | PTE_COW);
    share_page(PTE_ADDR(entry));
    return entry;
}
