// A new page is handed to the process as it comes.
// fails: pages-zeroed program-as-linked
// why: the process must find zeros there, not what another one left
// file: kernel/memory/address_space.cc
int address_space::add_page(vmiter& it, uint64_t perm) const {
    owned_page page(owner());
    if (!page) return E_NOMEM;
    void* old = it.kptr();
    if (int r = it.try_map(page.get(), perm); r < 0) return r;
    page.release();
    kfree(old);
    return 0;
}
