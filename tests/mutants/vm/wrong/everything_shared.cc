// All pages are shared by parent and child, those too that may be written.
// fails: heap-apart variables-apart stack-apart
// why: what one writes the other must not see
// file: kernel/memory/address_space.cc
int new_address_space::copy(address_space from) {
    regions_ = *from.regions;
    heap_ = *from.heap;
    for (vmiter it(from.pagetable, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        if (int r = vmiter(pagetable_, it.va()).try_map(it.pa(), it.perm() & ~(PTE_A | PTE_D)); r < 0) return r;
        share_page(it.pa());
    }
    return 0;
}
