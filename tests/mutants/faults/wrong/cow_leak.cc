// The writer's reference to the shared page is not given up.
// fails: cow-last
// like: cow_always_copies
// why: the last one who has the page could write to it without a copy, and when all are gone it must be free
// file: kernel/memory/cow.cc
int resolve_write(pt_entry& entry, int owner) {
    fault_kind kind;
    if (page_at(PTE_ADDR(entry)).refcount > 1) {
        uint64_t copy = copy_of_page(entry, owner);
        if (copy == 0) return E_NOMEM;
        set_entry(entry, copy);
        kind = FAULT_COPY;
    } else {
        page_at(PTE_ADDR(entry)).owner = int8_t(owner);
        kind = FAULT_REUSE;
    }
    set_entry(entry, (entry & ~PTE_COW) | PTE_W);
    return kind;
}
