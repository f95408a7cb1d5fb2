// A fork copies every page that may be written at once.
// fails: cow-shared
// why: a page must be copied only when somebody writes to it
// file: kernel/memory/cow.cc
uint64_t inherit_page(pt_entry& entry, int owner) {
    if (is_zero_page(PTE_ADDR(entry))) return entry;
    if (entry & (PTE_W | PTE_COW)) return copy_of_page(entry, owner);
    share_page(PTE_ADDR(entry));
    return entry;
}
