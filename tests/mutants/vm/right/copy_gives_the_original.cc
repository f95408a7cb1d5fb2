// The child gets the page that the parent had, and the parent goes on with the copy.
// differs: algorithm
// file: kernel/memory/address_space.cc
int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    for (vmiter it(from.pagetable, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        uint64_t perm = it.perm() & ~(PTE_A | PTE_D);
        uintptr_t original = it.pa();
        vmiter to(pagetable_, it.va());
        if (!it.writable()) {
            if (int r = to.try_map(original, perm); r < 0) return r;
            share_page(original);
            continue;
        }
        owned_page page(from.owner());
        if (!page) return E_NOMEM;
        copy_page(page.get(), it.kptr());
        if (int r = to.try_map(original, perm); r < 0) return r;
        page_at(original).owner = int8_t(owner_);
        it.map(page.get(), perm);
        page.release();
    }
    return 0;
}
