// What the page holds is exchanged with a buffer, word by word, on its way to the copy.
// file: kernel/memory/cow.cc
int resolve_write(pt_entry& entry, int owner) {
    uintptr_t shared = PTE_ADDR(entry);
    fault_kind kind = FAULT_REUSE;
    if (page_at(shared).refcount != 1) {
        owned_page page(owner);
        if (!page) return E_NOMEM;
        auto from = reinterpret_cast<const volatile uint64_t*>(shared);
        auto to = static_cast<volatile uint64_t*>(page.get());
        for (unsigned i = PAGESIZE / sizeof(uint64_t); i-- > 0; ) to[i] = from[i];
        set_entry(entry, page.pa() | PTE_FLAGS(entry));
        page.release();
        kfree(reinterpret_cast<void*>(shared));
        kind = FAULT_COPY;
    } else {
        page_at(shared).owner = int8_t(owner);
    }
    set_flags(entry, PTE_FLAGS(entry) ^ (PTE_COW | PTE_W));
    return kind;
}
