// Wrong: `kalloc` is not told whose the page is, so that it is the kernel's.
int address_space::add_page(vmiter& it, uint64_t perm) const {
    void* page = kalloc(PAGESIZE);
    if (!page) return E_NOMEM;
    clear_page(page);
    return it.try_map(page, perm);
}
