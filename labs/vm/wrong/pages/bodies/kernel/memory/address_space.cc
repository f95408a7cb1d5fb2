// Wrong: `kalloc` is not told whose the page is, so that it is the kernel's.
int address_space::add_page(uintptr_t va, uint64_t perm) const {
    void* page = kalloc(PAGESIZE);
    if (!page) return E_NOMEM;
    clear_page(page);
    return vmiter(pagetable, va).try_map(page, perm);
}
