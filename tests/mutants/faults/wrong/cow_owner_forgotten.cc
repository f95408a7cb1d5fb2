// The last one who has a page writes to it, and it still counts as shared.
// fails: cow-counts
// like: cow_copy_called_reuse
// why: who keeps a page alone becomes its owner in `pageinfo`, and the picture shows its number
// file: kernel/memory/cow.cc
int resolve_write(pt_entry& entry, int owner) {
    fault_kind kind = FAULT_REUSE;
    if (page_at(PTE_ADDR(entry)).refcount > 1) {
        uint64_t copy = copy_of_page(entry, owner);
        if (copy == 0) return E_NOMEM;
        kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
        set_entry(entry, copy);
        kind = FAULT_COPY;
    }
    set_flags(entry, (PTE_FLAGS(entry) & ~PTE_COW) | PTE_W);
    return kind;
}
