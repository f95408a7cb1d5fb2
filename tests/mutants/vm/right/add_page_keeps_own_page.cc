// Where the process has a page to itself with the same permissions already, that one is cleared instead of replaced.
// differs: algorithm
// file: kernel/memory/address_space.cc
int address_space::add_page(vmiter& it, uint64_t perm) const {
    if (it.present() && page_at(it.pa()).refcount == 1) {
        clear_page(it.kptr());
        it.map(it.pa(), perm);
        return 0;
    }
    owned_page page(owner());
    if (!page) return E_NOMEM;
    clear_page(page.get());
    void* old = it.kptr();
    if (int r = it.try_map(page.get(), perm); r < 0) return r;
    page.release();
    kfree(old);
    return 0;
}
