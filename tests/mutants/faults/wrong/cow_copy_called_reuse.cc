// A copy is reported as the reuse of a page.
// fails: cow-counts
// why: `sys_memory` tells a program how often a page was copied
// file: kernel/memory/cow.cc
int resolve_write(pt_entry& entry, int owner) {
    physical_pageinfo& page = page_at(PTE_ADDR(entry));
    if (page.refcount > 1) {
        uint64_t copy = copy_of_page(entry, owner);
        if (copy == 0) return E_NOMEM;
        kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
        set_entry(entry, copy);
    } else {
        page.owner = int8_t(owner);
    }
    set_flags(entry, (PTE_FLAGS(entry) & ~PTE_COW) | PTE_W);
    return FAULT_REUSE;
}
