// The contents are copied from the new page to the parent's.
// fails: fork-begun
// like: copy_ends_at_physical_end
// why: `copy_page` takes the new page first: the parent's memory is gone
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
        copy_page(it.kptr(), page.get());
        if (int r = to.try_map(page.get(), perm); r < 0) return r;
        page.release();
    }
    return 0;
}
