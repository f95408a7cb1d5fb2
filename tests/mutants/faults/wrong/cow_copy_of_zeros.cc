// The writer gets a new page of zeros instead of a copy.
// fails: cow-copy
// why: but for what was written, the page must hold what it held
// file: kernel/memory/cow.cc
int resolve_write(pt_entry& entry, int owner) {
    fault_kind kind;
    if (page_at(PTE_ADDR(entry)).refcount > 1) {
        owned_page page(owner);
        if (!page) return E_NOMEM;
        clear_page(page.get());
        kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
        set_entry(entry, page.pa() | PTE_FLAGS(entry));
        page.release();
        kind = FAULT_COPY;
    } else {
        page_at(PTE_ADDR(entry)).owner = int8_t(owner);
        kind = FAULT_REUSE;
    }
    set_entry(entry, (entry & ~PTE_COW) | PTE_W);
    return kind;
}
