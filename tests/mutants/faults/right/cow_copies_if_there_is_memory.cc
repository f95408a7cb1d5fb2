// The last one who has the page gets a copy, too, as long as there is memory for it.
// differs: algorithm
// file: kernel/memory/cow.cc
int resolve_write(pt_entry& entry, int owner) {
    fault_kind kind;
    bool is_alone = page_at(PTE_ADDR(entry)).refcount == 1;
    uint64_t copy = copy_of_page(entry, owner);
    if (copy == 0 && !is_alone) return E_NOMEM;
    if (copy != 0) {
        kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
        set_entry(entry, copy);
    } else {
        page_at(PTE_ADDR(entry)).owner = int8_t(owner);
    }
    kind = is_alone ? FAULT_REUSE : FAULT_COPY;
    set_entry(entry, (entry & ~PTE_COW) | PTE_W);
    return kind;
}
