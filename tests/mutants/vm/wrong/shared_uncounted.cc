// Shared pages are mapped in the child, but their references are not counted.
// fails: still-there
// why: the first who exits frees the page that the others still use
// file: kernel/memory/address_space.cc
int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    for (vmiter it(from.pagetable, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        vmiter to(pagetable_, it.va());
        uint64_t perm = it.perm() & ~(PTE_A | PTE_D);
        if (!it.writable()) {
            if (int r = to.try_map(it.pa(), perm); r < 0) return r;
            continue;
        }
        owned_page page(owner_);
        if (!page) return E_NOMEM;
        copy_page(page.get(), it.kptr());
        if (int r = to.try_map(page.get(), perm); r < 0) return r;
        page.release();
    }
    return 0;
}

new_address_space::~new_address_space() {
    if (!pagetable_) return;
    for (vmiter it(pagetable_, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        if (page_at(it.pa()).refcount > 0) it.kfree_page();
    }
    for (ptiter it(pagetable_); !it.done(); it.next()) it.kfree_ptp();
    kfree(pagetable_);
}
