// A page's contents are copied by a loop.
// file: kernel/memory/address_space.cc
int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    for (vmiter it(from.pagetable, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        vmiter to(pagetable_, it.va());
        uint64_t perm = it.perm() & ~(PTE_A | PTE_D);
        if (!it.writable()) {
            share_page(it.pa());
            if (int r = to.try_map(it.pa(), perm); r < 0) {
                kfree(it.kptr());
                return r;
            }
            continue;
        }
        owned_page page(owner_);
        if (!page) return E_NOMEM;
        auto target = static_cast<volatile uint64_t*>(page.get());
        auto source = it.kptr<const volatile uint64_t*>();
        for (unsigned i = 0; i < PAGESIZE / sizeof(uint64_t); ++i) target[i] = source[i];
        if (int r = to.try_map(page.get(), perm); r < 0) return r;
        page.release();
    }
    return 0;
}
