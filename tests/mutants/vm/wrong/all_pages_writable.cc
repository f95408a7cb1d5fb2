// Every page is mapped with `PTE_PWU`, whatever permissions were asked for.
// fails: program-as-linked
// why: a program's code and constants must not be writable
// file: kernel/memory/address_space.cc
int address_space::add_page(vmiter& it, uint64_t) const {
    owned_page page(owner());
    if (!page) return E_NOMEM;
    clear_page(page.get());
    void* old = it.kptr();
    if (int r = it.try_map(page.get(), PTE_PWU); r < 0) return r;
    page.release();
    kfree(old);
    return 0;
}
