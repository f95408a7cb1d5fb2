// Wrong: shared pages are not counted.
int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    for (vmiter it(from.pagetable, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        vmiter to(pagetable_, it.va());
        if (!it.writable()) {
            if (int r = to.try_map(it.pa(), it.perm()); r < 0) return r;
            continue;
        }
        owned_page page(owner_);
        if (!page) return E_NOMEM;
        copy_page(page.get(), it.kptr());
        if (int r = to.try_map(page.get(), it.perm() & ~(PTE_A | PTE_D)); r < 0) return r;
        page.release();
    }
    return 0;
}
