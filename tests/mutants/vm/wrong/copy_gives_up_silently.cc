// When memory runs out, what is missing is left out, and 0 is the answer.
// fails: short-fork-whole
// like: copy_without_table
// why: a fork that cannot copy everything must fail
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
        if (!page) continue;
        copy_page(page.get(), it.kptr());
        if (int r = to.try_map(page.get(), perm); r < 0) return r;
        page.release();
    }
    return 0;
}
