// Only the first 512 bytes of a new page are cleared: the number of words was given where bytes are counted.
// fails: pages-zeroed
// why: all of the page must hold zeros
// file: kernel/memory/address_space.cc
int address_space::add_page(vmiter& it, uint64_t perm) const {
    owned_page page(owner());
    if (!page) return E_NOMEM;
    memset(page.get(), 0, PAGESIZE / sizeof(uint64_t));
    void* old = it.kptr();
    if (int r = it.try_map(page.get(), perm); r < 0) return r;
    page.release();
    kfree(old);
    return 0;
}
