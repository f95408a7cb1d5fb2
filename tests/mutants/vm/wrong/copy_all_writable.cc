// Each page of the child is mapped with `PTE_PWU`.
// fails: permissions-copied text-shared
// why: what the parent may not write, the child may not either
// file: kernel/memory/address_space.cc
int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    for (vmiter it(from.pagetable, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        owned_page page(owner_);
        if (!page) return E_NOMEM;
        copy_page(page.get(), it.kptr());
        if (int r = vmiter(pagetable_, it.va()).try_map(page.get(), PTE_PWU); r < 0) return r;
        page.release();
    }
    return 0;
}
