// The old page is unmapped, the new one mapped, and only then the old one given up; if that fails, it is mapped again.
// file: kernel/memory/address_space.cc
int address_space::add_page(vmiter& it, uint64_t perm) const {
    uint64_t old = it.present() ? it.entry() : 0;
    if (old != 0) it.map(uint64_t(0), 0);
    void* page = kalloc(PAGESIZE, owner());
    if (!page || it.try_map(page, perm) < 0) {
        if (page) kfree(page);
        if (old != 0) it.map(PTE_ADDR(old), PTE_FLAGS(old));
        return E_NOMEM;
    }
    memset(page, 0, PAGESIZE);
    if (old != 0) kfree(reinterpret_cast<void*>(PTE_ADDR(old)));
    return 0;
}
