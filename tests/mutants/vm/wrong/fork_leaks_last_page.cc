// When there is memory for a page but not for the page table it goes into, the page is lost.
// fails: short-fork-gives-back
// why: an operation that fails must give back what it took
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
        void* page = kalloc(PAGESIZE, owner_);
        if (!page) return E_NOMEM;
        copy_page(page, it.kptr());
        if (int r = to.try_map(page, perm); r < 0) return r;
    }
    return 0;
}
