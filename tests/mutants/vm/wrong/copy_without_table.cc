// Nobody looks whether there was memory for a page table of the child's.
// fails: short-fork-whole
// why: the child has all that its parent has, or there is no child
// file: kernel/memory/address_space.cc
int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    for (vmiter it(from.pagetable, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        vmiter to(pagetable_, it.va());
        uint64_t perm = it.perm() & ~(PTE_A | PTE_D);
        if (!it.writable()) {
            if (to.try_map(it.pa(), perm) == 0) share_page(it.pa());
            continue;
        }
        owned_page page(owner_);
        if (!page) return E_NOMEM;
        copy_page(page.get(), it.kptr());
        if (to.try_map(page.get(), perm) == 0) page.release();
    }
    return 0;
}
