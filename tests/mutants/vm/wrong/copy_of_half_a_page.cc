// Only half of each page is copied: 512 numbers of 4 bytes instead of 8.
// fails: heap-copied nothing-used-twice
// why: the child must find all that the parent has
// file: kernel/memory/address_space.cc
int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    for (vmiter it(from.pagetable, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        vmiter to(pagetable_, it.va());
        uint64_t perm = it.perm() & ~(PTE_A | PTE_D);
        if (!it.writable()) {
            if (int r = to.try_map(it.pa(), perm); r < 0) return r;
            share_page(it.pa());
            continue;
        }
        owned_page page(owner_);
        if (!page) return E_NOMEM;
        clear_page(page.get());
        auto upper = it.va() == user_end - PAGESIZE ? 0 : PAGESIZE / 2;
        memcpy(page.get(), it.kptr(), size_t(PAGESIZE - upper));
        if (int r = to.try_map(page.get(), perm); r < 0) return r;
        page.release();
    }
    return 0;
}
