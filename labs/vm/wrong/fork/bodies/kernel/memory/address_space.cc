// Wrong: the child has the parent's pages, not copies.
int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    for (vmiter it(from.pagetable, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        if (int r = vmiter(pagetable_, it.va()).try_map(it.pa(), it.perm()); r < 0) return r;
        share_page(it.pa());
    }
    return 0;
}
