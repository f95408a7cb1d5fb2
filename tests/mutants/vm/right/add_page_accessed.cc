// Pages are mapped as if they had been used already: with the bits that the CPU sets.
// file: kernel/memory/address_space.cc
int address_space::add_page(vmiter& it, uint64_t perm) const {
    owned_page page(owner());
    if (!page) return E_NOMEM;
    clear_page(page.get());
    void* old = it.kptr();
    if (int r = it.try_map(page.get(), perm | PTE_A | PTE_D); r < 0) return r;
    page.release();
    kfree(old);
    return 0;
}
