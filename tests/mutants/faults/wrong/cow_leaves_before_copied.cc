// The writer gives up the shared page before it is known whether there is memory for a copy.
// fails: cow-short
// like: cow_writable_before_copied
// why: without memory nothing has changed; here the count is one too low afterwards
// file: kernel/memory/cow.cc
int resolve_write(pt_entry& entry, int owner) {
    physical_pageinfo& page = page_at(PTE_ADDR(entry));
    fault_kind kind = FAULT_REUSE;
    if (page.refcount > 1) {
        kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
        uint64_t copy = copy_of_page(entry, owner);
        if (copy == 0) return E_NOMEM;
        set_entry(entry, copy);
        kind = FAULT_COPY;
    } else {
        page.owner = int8_t(owner);
    }
    set_flags(entry, (PTE_FLAGS(entry) & ~PTE_COW) | PTE_W);
    return kind;
}
