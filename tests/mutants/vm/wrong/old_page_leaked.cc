// The page that was at the address before is forgotten.
// fails: replaced-page-freed
// why: nobody refers to the old page any more, so it must be given back
// file: kernel/memory/address_space.cc
int address_space::add_page(vmiter& it, uint64_t perm) const {
    owned_page page(owner());
    if (!page) return E_NOMEM;
    clear_page(page.get());
    if (int r = it.try_map(page.get(), perm); r < 0) return r;
    page.release();
    return 0;
}
