// What a child gets of its parent's memory belongs to the parent.
// fails: child-pages-owned
// why: the child's copies are the child's
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
        owned_page page(from.owner());
        if (!page) return E_NOMEM;
        copy_page(page.get(), it.kptr());
        if (int r = to.try_map(page.get(), perm); r < 0) return r;
        page.release();
    }
    return 0;
}
