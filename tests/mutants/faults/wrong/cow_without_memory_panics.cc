// When no memory is left for a copy, the kernel panics.
// fails: cow-full
// like: cow_write_for_all
// why: the process that cannot go on is stopped; the kernel and the others go on
// file: kernel/memory/cow.cc
int resolve_write(pt_entry& entry, int owner) {
    fault_kind kind;
    if (page_at(PTE_ADDR(entry)).refcount > 1) {
        uint64_t copy = copy_of_page(entry, owner);
        if (copy == 0) panic("no memory for a copy");
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
