// Where there is a page already, nothing is done.
// fails: replaced-page
// why: who asks for a page must get a new one, of zeros
// file: kernel/memory/address_space.cc
int address_space::add_page(vmiter& it, uint64_t perm) const {
    if (it.present()) return 0;
    owned_page page(owner());
    if (!page) return E_NOMEM;
    clear_page(page.get());
    if (int r = it.try_map(page.get(), perm); r < 0) return r;
    page.release();
    return 0;
}
