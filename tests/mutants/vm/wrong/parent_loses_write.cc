// The parent's heap becomes read-only when it is copied, as if the child was to have it.
// fails: fork-begun
// like: copy_ends_at_physical_end
// why: the parent cannot go on: it faults when it next writes there
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
        copy_page(page.get(), it.kptr());
        if (int r = to.try_map(page.get(), perm); r < 0) return r;
        page.release();
        bool is_heap = it.va() >= heap_.start && it.va() < user_end - PAGESIZE;
        if (is_heap) set_flags(it.entry(), PTE_FLAGS(it.entry()) & ~PTE_W);
    }
    return 0;
}
