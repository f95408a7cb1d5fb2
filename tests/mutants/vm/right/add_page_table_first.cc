// The page tables are made before the page is asked for.
// file: kernel/memory/address_space.cc
int address_space::add_page(vmiter& it, uint64_t perm) const {
    if (it.reach_last_level() < 0) return E_NOMEM;
    void* page = kalloc(PAGESIZE, owner());
    if (!page) return E_NOMEM;
    memset(page, 0, PAGESIZE);
    void* old = it.kptr();
    it.map(page, perm);
    kfree(old);
    return 0;
}
