// Where there is a page already, it is cleared and made writable instead of being replaced.
// fails: replaced-shared-page
// why: others may have the page, too: they would find zeros in the place of their constants
// file: kernel/memory/address_space.cc
int address_space::add_page(vmiter& it, uint64_t perm) const {
    if (it.present()) {
        clear_page(it.kptr());
        return it.try_map(it.pa(), perm);
    }
    owned_page page(owner());
    if (!page) return E_NOMEM;
    clear_page(page.get());
    if (int r = it.try_map(page.get(), perm); r < 0) return r;
    page.release();
    return 0;
}
