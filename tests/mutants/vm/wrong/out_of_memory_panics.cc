// When there is no memory left for a page, the kernel panics.
// fails: out-of-memory four-fill-memory
// why: the process must be told `E_NOMEM`, and everybody goes on
// file: kernel/memory/address_space.cc
int address_space::add_page(vmiter& it, uint64_t perm) const {
    void* page = kalloc(PAGESIZE, owner());
    if (!page) panic("out of memory");
    clear_page(page);
    void* old = it.kptr();
    it.map(page, perm);
    kfree(old);
    return 0;
}
