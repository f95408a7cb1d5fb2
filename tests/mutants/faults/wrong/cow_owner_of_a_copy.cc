// A copy belongs to process 1, whoever wrote.
// fails: cow-counts
// like: cow_copy_called_reuse
// why: the copy is the writer's
// file: kernel/memory/cow.cc
int resolve_write(pt_entry& entry, int owner) {
    physical_pageinfo& page = page_at(PTE_ADDR(entry));
    fault_kind kind = FAULT_REUSE;
    if (page.refcount > 1) {
        uint64_t copy = copy_of_page(entry, 1);
        if (copy == 0) return E_NOMEM;
        kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
        set_entry(entry, copy);
        kind = FAULT_COPY;
    } else {
        page.owner = int8_t(owner);
    }
    set_flags(entry, (PTE_FLAGS(entry) & ~PTE_COW) | PTE_W);
    return kind;
}
