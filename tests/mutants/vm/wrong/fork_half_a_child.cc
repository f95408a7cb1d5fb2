// When memory runs out, the child starts with what was copied so far.
// fails: fork-out-of-memory
// why: a fork that cannot copy everything must fail, and leave nothing
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
        if (!page) break;
        copy_page(page.get(), it.kptr());
        if (to.try_map(page.get(), perm) < 0) break;
        page.release();
    }
    return 0;
}
