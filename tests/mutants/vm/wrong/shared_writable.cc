// The child may write to the pages that it shares.
// fails: shared-not-writable
// why: what is shared must stay read-only, or one process changes another's code and constants
// file: kernel/memory/address_space.cc
int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    for (vmiter it(from.pagetable, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        vmiter to(pagetable_, it.va());
        uint64_t perm = it.perm() & ~(PTE_A | PTE_D);
        if (!it.writable()) {
            if (int r = to.try_map(it.pa(), perm | PTE_W); r < 0) return r;
            share_page(it.pa());
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
