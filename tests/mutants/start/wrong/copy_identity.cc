// Each address is mapped to the same physical one.
// fails: copy-table
// like: copy_ends_at_physical_end
// why: where the screen is mapped a second time, they differ
// file: kernel/start.cc
int copy_mappings(x86_64_pagetable* dst, x86_64_pagetable* src) {
    for (vmiter it(src); it.find_mapped(MEMSIZE_VIRTUAL); it.next()) {
        uint64_t perm = it.perm() & permissions;
        uint64_t pa = it.va() < MEMSIZE_PHYSICAL ? it.va() : it.va() - MEMSIZE_PHYSICAL;
        if (int r = vmiter(dst, it.va()).try_map(pa, perm); r < 0) return r;
        log_printf("mapping va=0x%lx pa=0x%lx perm=0x%lx", it.va(), pa, perm);
    }
    return 0;
}
