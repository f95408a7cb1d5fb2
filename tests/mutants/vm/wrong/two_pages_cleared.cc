// 8192 bytes are cleared where a page is to be: the neighbour's, too.
// fails: pages-kept
// why: the next page may be another process's, or a page table
// file: kernel/memory/address_space.cc
int address_space::add_page(vmiter& it, uint64_t perm) const {
    owned_page page(owner());
    if (!page) return E_NOMEM;
    bool is_last = page.pa() == MEMSIZE_PHYSICAL - PAGESIZE || page_at(page.pa() + PAGESIZE).owner < 0;
    memset(page.get(), 0, is_last || page_at(page.pa() + PAGESIZE).is_pagetable ? PAGESIZE : 2 * PAGESIZE);
    void* old = it.kptr();
    if (int r = it.try_map(page.get(), perm); r < 0) return r;
    page.release();
    kfree(old);
    return 0;
}
