// The entry is made writable before it is known whether there is memory for a copy.
// fails: cow-short
// why: without memory nothing has changed; here both could write to the shared page afterwards
// file: kernel/memory/cow.cc
int resolve_write(pt_entry& entry, int owner) {
    physical_pageinfo& page = page_at(PTE_ADDR(entry));
    fault_kind kind = FAULT_REUSE;
    set_flags(entry, (PTE_FLAGS(entry) & ~PTE_COW) | PTE_W);
    if (page.refcount > 1) {
        uint64_t copy = copy_of_page(entry, owner);
        if (copy == 0) return E_NOMEM;
        kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
        set_entry(entry, copy);
        kind = FAULT_COPY;
    } else {
        page.owner = int8_t(owner);
    }
    return kind;
}
