// Every address is looked at, whether there is a page or not.
// differs: algorithm
// file: kernel/memory/address_space.cc
int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    for (uintptr_t va = PROC_START_ADDR; va < user_end; va += PAGESIZE) {
        vmiter it(from.pagetable, va);
        if (!it.present()) continue;
        uint64_t perm = it.perm() & (PTE_PWU | PTE_XD);
        owned_page page(owner_);
        bool is_shared = !(perm & PTE_W);
        if (!is_shared && !page) return E_NOMEM;
        if (!is_shared) copy_page(page.get(), it.kptr());
        uintptr_t pa = is_shared ? it.pa() : page.pa();
        if (int r = vmiter(pagetable_, va).try_map(pa, perm); r < 0) return r;
        if (is_shared) share_page(pa);
        else page.release();
    }
    return 0;
}
