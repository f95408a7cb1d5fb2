// The result of `kalloc` is not looked at: address 0 is cleared and mapped.
// fails: out-of-memory
// like: out_of_memory_denied
// why: the process must be told `E_NOMEM`, and everybody goes on
// file: kernel/memory/address_space.cc
int address_space::add_page(vmiter& it, uint64_t perm) const {
    void* page = kalloc(PAGESIZE, owner());
    clear_page(page);
    void* old = it.kptr();
    if (int r = it.try_map(page, perm); r < 0) return r;
    kfree(old);
    return 0;
}
