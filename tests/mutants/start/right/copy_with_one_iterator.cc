// The copy's iterator goes along with the original's.
// differs: algorithm
// file: kernel/start.cc
int copy_mappings(x86_64_pagetable* dst, x86_64_pagetable* src) {
    vmiter to(dst, 0);
    for (vmiter it(src, 0); it.va() < MEMSIZE_VIRTUAL; it += PAGESIZE, to += PAGESIZE) {
        if (!it.present()) continue;
        uint64_t perm = it.perm() & (PTE_P | PTE_W | PTE_U | PTE_XD);
        int r = to.try_map(it.pa(), perm);
        if (r < 0) return r;
        log_printf("mapping va=0x%lx pa=0x%lx perm=0x%lx", to.va(), it.pa(), perm);
    }
    return 0;
}
