// When there is no memory, the old page is freed all the same, and stays mapped.
// fails: shared-without-memory
// like: old_page_freed_first
// why: a page that is free must be mapped nowhere: the next one who gets it shares it
// file: kernel/memory/address_space.cc
int address_space::add_page(vmiter& it, uint64_t perm) const {
    kfree(it.kptr());
    void* page = kalloc(PAGESIZE, owner());
    if (!page) return E_NOMEM;
    clear_page(page);
    return it.try_map(page, perm);
}
