// Who may write again to a page that others have gets a copy at once.
// differs: algorithm
// file: kernel/memory/cow.cc
uint64_t allow_write(pt_entry& entry, int owner) {
    if (page_at(PTE_ADDR(entry)).refcount == 1) return PTE_W;
    uint64_t copy = copy_of_page(entry, owner);
    if (copy == 0) return 0;
    auto shared = reinterpret_cast<void*>(PTE_ADDR(entry));
    set_entry(entry, copy);
    kfree(shared);
    return PTE_W;
}
