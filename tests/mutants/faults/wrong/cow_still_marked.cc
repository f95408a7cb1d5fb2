// The page is writable again, and its entry still says copy-on-write.
// fails: cow-counts
// like: cow_copy_called_reuse
// why: either way the entry has no `PTE_COW` afterwards
// file: kernel/memory/cow.cc
int resolve_write(pt_entry& entry, int owner) {
    physical_pageinfo& page = page_at(PTE_ADDR(entry));
    fault_kind kind = FAULT_REUSE;
    if (page.refcount > 1) {
        uint64_t copy = copy_of_page(entry, owner);
        if (copy == 0) return E_NOMEM;
        kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
        set_entry(entry, copy);
        kind = FAULT_COPY;
    } else {
        page.owner = int8_t(owner);
    }
    set_flags(entry, PTE_FLAGS(entry) | PTE_W);
    return kind;
}
