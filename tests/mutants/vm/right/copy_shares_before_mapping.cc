// A shared page is counted before it is mapped, and given up again if that fails.
// file: kernel/memory/address_space.cc
int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    for (vmiter it(from.pagetable, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        void* page = nullptr;
        if (it.writable()) {
            page = kalloc(PAGESIZE, owner_);
            if (!page) return E_NOMEM;
            memcpy(page, it.kptr(), PAGESIZE);
        } else {
            page = it.kptr();
            share_page(it.pa());
        }
        if (vmiter(pagetable_, it.va()).try_map(page, it.perm()) == 0) continue;
        kfree(page);
        return E_NOMEM;
    }
    return 0;
}
