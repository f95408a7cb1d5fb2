// Whether a page is shared is decided by the bit of its entry, in a function that gives the entry.
// file: kernel/memory/address_space.cc
// added
// The physical page that the child gets for `it`: the same one, or a copy in `copy`.
static uintptr_t page_for_child(const vmiter& it, owned_page& copy) {
    if (!(it.perm() & PTE_W)) return it.pa();
    if (!copy) return 0;
    copy_page(copy.get(), it.kptr());
    return copy.pa();
}
// replaced
int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    for (vmiter it(from.pagetable, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        owned_page page(owner_);
        uintptr_t pa = page_for_child(it, page);
        if (pa == 0) return E_NOMEM;
        uint64_t perm = it.perm() & (PTE_PWU | PTE_XD);
        if (vmiter(pagetable_, it.va()).try_map(pa, perm) < 0) return E_NOMEM;
        if (pa == it.pa()) {
            share_page(pa);
        } else {
            page.release();
        }
    }
    return 0;
}
