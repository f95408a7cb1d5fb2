// `kalloc` is not told to whom the page will belong.
// fails: pages-owned
// why: a process's page belongs to it: the picture shows whose it is
// file: kernel/memory/address_space.cc
int address_space::add_page(vmiter& it, uint64_t perm) const {
    owned_page page(PO_KERNEL);
    if (!page) return E_NOMEM;
    clear_page(page.get());
    void* old = it.kptr();
    if (int r = it.try_map(page.get(), perm); r < 0) return r;
    page.release();
    kfree(old);
    return 0;
}
