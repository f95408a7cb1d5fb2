// The page becomes writable again without a copy.
// fails: cow-full
// why: what one writes the others must not see
// file: kernel/memory/cow.cc
int resolve_write(pt_entry& entry, int owner) {
    page_at(PTE_ADDR(entry)).owner = int8_t(owner);
    set_entry(entry, (entry & ~PTE_COW) | PTE_W);
    return FAULT_REUSE;
}
