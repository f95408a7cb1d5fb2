// The copy is mapped with `PTE_PWU`: the bit that forbids execution is lost.
// fails: cow-protected
// like: cow_copy_of_zeros
// why: the copy must have the permissions of the page
// file: kernel/memory/cow.cc
int resolve_write(pt_entry& entry, int owner) {
    fault_kind kind;
    if (page_at(PTE_ADDR(entry)).refcount > 1) {
        uint64_t copy = copy_of_page(entry, owner);
        if (copy == 0) return E_NOMEM;
        kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
        set_entry(entry, PTE_ADDR(copy) | PTE_PWU);
        kind = FAULT_COPY;
        return 0;
    }
    page_at(PTE_ADDR(entry)).owner = int8_t(owner);
    kind = FAULT_REUSE;
    set_entry(entry, (entry & ~PTE_COW) | PTE_W);
    return kind;
}
