// When no memory is left for a copy, the process may write to the shared page.
// fails: cow-full
// like: cow_write_for_all
// why: what one writes the others must not see, memory or not
// file: kernel/memory/cow.cc
int resolve_write(pt_entry& entry, int owner) {
    fault_kind kind = FAULT_REUSE;
    if (page_at(PTE_ADDR(entry)).refcount > 1) {
        if (uint64_t copy = copy_of_page(entry, owner); copy != 0) {
            kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
            set_entry(entry, copy);
            kind = FAULT_COPY;
        }
    } else {
        page_at(PTE_ADDR(entry)).owner = int8_t(owner);
    }
    set_entry(entry, (entry & ~PTE_COW) | PTE_W);
    return kind;
}
