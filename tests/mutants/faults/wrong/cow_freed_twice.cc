// The shared page is given up for both: the one who writes and the one who does not.
// fails: cow-leak cow-full
// why: the other process still has the page
// file: kernel/memory/cow.cc
int resolve_write(pt_entry& entry, int owner) {
    fault_kind kind;
    if (page_at(PTE_ADDR(entry)).refcount > 1) {
        uint64_t copy = copy_of_page(entry, owner);
        if (copy == 0) return E_NOMEM;
        kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
        kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
        set_entry(entry, copy);
        kind = FAULT_COPY;
    } else {
        page_at(PTE_ADDR(entry)).owner = int8_t(owner);
        kind = FAULT_REUSE;
    }
    set_entry(entry, (entry & ~PTE_COW) | PTE_W);
    return kind;
}
