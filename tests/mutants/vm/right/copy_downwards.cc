// Pages are copied from the highest address to the lowest.
// file: kernel/memory/address_space.cc
int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    for (uintptr_t va = user_end - PAGESIZE; va >= PROC_START_ADDR; va -= PAGESIZE) {
        vmiter it(from.pagetable, va), to(pagetable_, va);
        if (!it.present()) continue;
        if (!it.writable()) {
            if (int r = to.try_map(it.pa(), it.perm()); r < 0) return r;
            share_page(it.pa());
            continue;
        }
        owned_page page(owner_);
        if (!page) return E_NOMEM;
        copy_page(page.get(), it.kptr());
        if (int r = to.try_map(page.get(), it.perm()); r < 0) return r;
        page.release();
    }
    return 0;
}
