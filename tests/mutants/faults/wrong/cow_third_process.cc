// The page is copied only if more than two processes have it.
// fails: cow-full
// like: cow_write_for_all
// why: with two processes, too, what one writes the other must not see
// file: kernel/memory/cow.cc
int resolve_write(pt_entry& entry, int owner) {
    fault_kind kind;
    if (page_at(PTE_ADDR(entry)).refcount > 2) {
        uint64_t copy = copy_of_page(entry, owner);
        if (copy == 0) return E_NOMEM;
        kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
        set_entry(entry, copy);
        kind = FAULT_COPY;
    } else {
        kind = FAULT_REUSE;
    }
    set_entry(entry, (entry & ~PTE_COW) | PTE_W);
    return kind;
}
