// Out of memory, `sys_page_alloc` says that all went well.
// fails: out-of-memory
// why: the process must be told `E_NOMEM`
// file: kernel/memory/address_space.cc
int address_space::add_page(vmiter& it, uint64_t perm) const {
    owned_page page(owner());
    if (!page) return 0;
    clear_page(page.get());
    void* old = it.kptr();
    if (int r = it.try_map(page.get(), perm); r < 0) return r;
    page.release();
    kfree(old);
    return 0;
}
