// First all shared pages are mapped, then those that may be written are copied.
// differs: algorithm
// file: kernel/memory/address_space.cc
int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    for (vmiter it(from.pagetable, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        if (it.writable()) continue;
        if (vmiter(pagetable_, it.va()).try_map(it.pa(), it.perm()) < 0) return E_NOMEM;
        share_page(it.pa());
    }
    for (vmiter it(from.pagetable, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        if (!it.writable()) continue;
        address_space child = space();
        if (child.add_page(it.va(), it.perm() & ~(PTE_A | PTE_D)) < 0) return E_NOMEM;
        memcpy(vmiter(pagetable_, it.va()).kptr(), it.kptr(), PAGESIZE);
    }
    return 0;
}
