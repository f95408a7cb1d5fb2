// To copy a page, and to keep one, are functions of their own.
// file: kernel/memory/cow.cc
// added
// Nobody else refers to the page any more.
static int keep(pt_entry& entry, int owner) {
    page_at(PTE_ADDR(entry)).owner = int8_t(owner);
    set_flags(entry, (PTE_FLAGS(entry) | PTE_W) & ~PTE_COW);
    return FAULT_REUSE;
}

// Others keep the page.
static int replace(pt_entry& entry, int owner) {
    uint64_t copy = copy_of_page(entry, owner);
    if (copy == 0) return E_NOMEM;
    auto shared = reinterpret_cast<void*>(PTE_ADDR(entry));
    set_entry(entry, (copy & ~PTE_COW) | PTE_W);
    kfree(shared);
    return FAULT_COPY;
}
// replaced
int resolve_write(pt_entry& entry, int owner) {
    bool is_last = page_at(PTE_ADDR(entry)).refcount == 1;
    return is_last ? keep(entry, owner) : replace(entry, owner);
}
