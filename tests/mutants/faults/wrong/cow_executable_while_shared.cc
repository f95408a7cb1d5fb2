// A page that is shared copy-on-write may be executed, until somebody writes to it.
// fails: cow-protected
// broken: inherit_page
// like: cow_parent_not_protected
// why: what fork changes of an entry is whether it may be written, nothing else
// file: kernel/memory/cow.cc
uint64_t inherit_page(pt_entry& entry, int owner) {
    bool may_write = entry & (PTE_W | PTE_COW);
    if (may_write && fork_copies) return copy_of_page(entry, owner);
    if (may_write) set_flags(entry, PTE_PU | PTE_COW);
    share_page(PTE_ADDR(entry));
    return entry;
}

int resolve_write(pt_entry& entry, int owner) {
    physical_pageinfo& page = page_at(PTE_ADDR(entry));
    fault_kind kind = FAULT_REUSE;
    if (page.refcount > 1) {
        uint64_t copy = copy_of_page(entry, owner);
        if (copy == 0) return E_NOMEM;
        kfree(reinterpret_cast<void*>(PTE_ADDR(entry)));
        set_entry(entry, copy);
        kind = FAULT_COPY;
    } else {
        page.owner = int8_t(owner);
    }
    set_flags(entry, PTE_PWU | PTE_XD);
    return kind;
}
