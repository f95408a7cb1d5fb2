// STEP sharing: so far every page is copied.
int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    for (vmiter it(from.pagetable, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        owned_page page(owner_);
        if (!page) return E_NOMEM;
        copy_page(page.get(), it.kptr());
        if (int r = vmiter(pagetable_, it.va()).try_map(page.get(), it.perm() & ~(PTE_A | PTE_D)); r < 0) return r;
        page.release();
    }
    return 0;
}
