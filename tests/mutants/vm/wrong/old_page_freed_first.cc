// The old page is given up before there is a new one.
// fails: shared-without-memory
// why: if there is no memory, nothing must have changed
// file: kernel/memory/address_space.cc
int address_space::add_page(vmiter& it, uint64_t perm) const {
    if (it.present()) it.kfree_page();
    owned_page page(owner());
    if (!page) return E_NOMEM;
    clear_page(page.get());
    if (int r = it.try_map(page.get(), perm); r < 0) return r;
    page.release();
    return 0;
}
