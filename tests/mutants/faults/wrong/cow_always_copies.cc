// The last one who has the page gets a copy, too, and gives the page up only afterwards.
// fails: cow-last
// why: nobody else has the page any more, so it can be written as it is, even without any memory left
// file: kernel/memory/cow.cc
int resolve_write(pt_entry& entry, int owner) {
    uint64_t copy = copy_of_page(entry, owner);
    if (copy == 0) return E_NOMEM;
    kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
    set_entry(entry, (copy & ~PTE_COW) | PTE_W);
    return FAULT_COPY;
}
